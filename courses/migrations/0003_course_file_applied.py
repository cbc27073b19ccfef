from django.db import migrations, models


def carry_note_over(apps, schema_editor):
    Course = apps.get_model("courses", "Course")
    for course in Course.objects.exclude(kept_blocks={}):
        note = course.kept_blocks.get("office_hours_note", "")
        Course.objects.filter(pk=course.pk).update(office_hours_note=note)


def put_note_back(apps, schema_editor):
    Course = apps.get_model("courses", "Course")
    for course in Course.objects.exclude(office_hours_note=""):
        Course.objects.filter(pk=course.pk).update(kept_blocks={"office_hours_note": course.office_hours_note})


class Migration(migrations.Migration):
    dependencies = [("courses", "0002_roster_in_one_transaction")]

    operations = [
        migrations.AddField(
            model_name="course",
            name="office_hours_note",
            field=models.TextField(blank=True, default=""),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="course",
            name="is_being_made",
            field=models.BooleanField(default=False, editable=False),
        ),
        migrations.RunPython(carry_note_over, put_note_back),
        migrations.RemoveField(model_name="course", name="loaded_file"),
        migrations.RemoveField(model_name="course", name="loaded_logins"),
        migrations.RemoveField(model_name="course", name="kept_blocks"),
    ]
