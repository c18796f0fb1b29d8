"""A sign-in name is one name however it is written, and the security log says who did what to whom."""

import django.db.models.deletion
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models
from django.db.models import Count
from django.db.models.functions import Upper


def names_differ(apps, schema_editor):
    """Say which names stand in the way, rather than have the database say that something does."""
    person = apps.get_model("identity", "Person").objects.using(schema_editor.connection.alias)
    twice = person.order_by().values(name=Upper("username")).annotate(count=Count("id")).filter(count__gt=1)
    doubled = [row["name"] for row in twice]
    if doubled:
        taken = person.annotate(name=Upper("username")).filter(name__in=doubled).values_list("username", flat=True)
        raise RuntimeError(
            f"These sign-in names differ in capitals only, so neither owner can sign in: {', '.join(sorted(taken))}. "
            "Give all but one of each another name in the table identity_person, then migrate again."
        )


class Migration(migrations.Migration):

    dependencies = [
        ("identity", "0001_initial"),
    ]

    operations = [
        migrations.RunPython(names_differ, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name="person",
            constraint=models.UniqueConstraint(
                django.db.models.functions.text.Upper("username"),
                name="person_username_any_case",
                violation_error_message="Somebody signs in with this name already; capitals make no other name of it.",
            ),
        ),
        migrations.AddField(
            model_name="securityentry",
            name="account",
            field=models.CharField(blank=True, max_length=80, default=""),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="securityentry",
            name="about",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="security_entries_about",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AlterModelOptions(
            name="securityentry",
            options={"ordering": ["-at", "-id"], "verbose_name_plural": "security entries"},
        ),
    ]
