"""When a job began to wait for what it needs; and no cancelled end for work that nobody may cancel.

Recordings whose preparation was cancelled while that could be done stayed sealed for ever, with no word of it. Their
jobs become failed ones that no item was told of: the reconciler has that made good, with an event and a way back.
"""

from django.db import migrations, models
from django.utils import timezone

KEPT = ("ingest.commit", "recording.prepare", "recording.proxy")
WORDS = "Somebody cancelled this. It can be tried again."


def cancelled_to_failed(apps, _schema_editor):
    jobs = apps.get_model("jobs", "Job").objects.filter(kind__in=KEPT)
    jobs.filter(state="cancelled").update(
        state="failed", error_code="cancelled", error=WORDS, settled_at=None, publish_at=timezone.now()
    )
    jobs.filter(state__in=("queued", "running")).update(cancel_requested_at=None, cancel_requested_by_id=None)


class Migration(migrations.Migration):
    dependencies = [("jobs", "0001_initial")]
    operations = [
        migrations.AddField("job", "blocked_since", models.DateTimeField(blank=True, null=True)),
        migrations.RunPython(cancelled_to_failed, migrations.RunPython.noop),
    ]
