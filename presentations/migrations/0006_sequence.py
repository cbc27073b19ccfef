from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("presentations", "0005_review_upload")]

    operations = [
        migrations.AddField("presentation", "changed_at", models.DateTimeField(blank=True, null=True)),
        migrations.AddField("presentation", "published_digest", models.CharField(blank=True, max_length=64)),
        migrations.AddField("presentation", "sequence", models.PositiveIntegerField(default=0)),
    ]
