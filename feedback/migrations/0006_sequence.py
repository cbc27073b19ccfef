from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("feedback", "0005_shuffle")]

    operations = [
        migrations.AddField("survey", "changed_at", models.DateTimeField(blank=True, null=True)),
        migrations.AddField("survey", "published_digest", models.CharField(blank=True, max_length=64)),
        migrations.AddField("survey", "sequence", models.PositiveIntegerField(default=0)),
    ]
