from django.db import migrations, models


def count_in(apps, schema_editor):
    """Polls that are closed: the answers of people who are in the course count."""
    answers = apps.get_model("officehours", "PollAnswer").objects
    answers.filter(poll__closed_at__isnull=False, student__dropped_at=None).update(counts=True)
    enrollments = apps.get_model("courses", "Enrollment").objects
    for poll in apps.get_model("officehours", "AvailabilityPoll").objects.filter(closed_at__isnull=False, students=None):
        poll.students = enrollments.filter(course=poll.course_id, role="student", dropped_at=None).count()
        poll.save(update_fields=["students"])


class Migration(migrations.Migration):
    dependencies = [("officehours", "0008_agreed_place")]

    operations = [
        migrations.RenameField("availabilitypoll", "set_of", "students"),
        migrations.AddField("pollanswer", "counts", models.BooleanField(default=False)),
        migrations.RunPython(count_in, migrations.RunPython.noop, elidable=True),
    ]
