"""A disc names its exhibits itself: until now they were told from its files, and one without files was missed."""

from uuid import UUID

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def exhibits_from_files(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    """Discs made before: what their files tell, which for them is all that is known."""
    for disc in apps.get_model("court", "Disc").objects.all():
        disc.exhibits.set({UUID(each["exhibit_id"]) for each in disc.contents})


class Migration(migrations.Migration):
    """Adds `Disc.exhibits` and fills it."""

    dependencies = [("cases", "0001_initial"), ("court", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="disc", name="exhibits", field=models.ManyToManyField(related_name="discs", to="cases.exhibit")
        ),
        migrations.RunPython(exhibits_from_files, migrations.RunPython.noop),
    ]
