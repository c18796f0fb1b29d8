from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('custody', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='IntentLease',
            fields=[
                ('intent', models.UUIDField(primary_key=True, serialize=False)),
                ('lease_until', models.DateTimeField()),
            ],
        ),
        migrations.AddIndex(
            model_name='event',
            index=models.Index(condition=models.Q(('outcome', 'intent')), fields=['at'], name='event_intent'),
        ),
    ]
