from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("courses", "0003_course_file_applied")]

    operations = [
        migrations.AddField("classmeeting", "changed_at", models.DateTimeField(blank=True, null=True)),
        migrations.AddField("classmeeting", "published_digest", models.CharField(blank=True, max_length=64)),
        migrations.AddField("classmeeting", "sequence", models.PositiveIntegerField(default=0)),
        migrations.AddField("assignment", "changed_at", models.DateTimeField(blank=True, null=True)),
        migrations.AddField("assignment", "published_digest", models.CharField(blank=True, max_length=64)),
        migrations.AddField("assignment", "sequence", models.PositiveIntegerField(default=0)),
    ]
