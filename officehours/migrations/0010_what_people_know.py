from django.db import migrations, models


def keep_what_was_told(apps, schema_editor):
    """What calendars were told last of an appointment is what its student knows, unless that is kept already."""
    appointments = apps.get_model("officehours", "Appointment").objects.filter(known_content="")
    told = apps.get_model("officehours", "ToldEvent").objects.filter(uid__startswith="appointment-")
    contents = {(course, uid): content for course, uid, content in told.values_list("course", "uid", "content")}
    for one in appointments.only("course"):
        content = contents.get((one.course_id, f"appointment-{one.pk}"))
        if content:
            appointments.filter(pk=one.pk).update(known_content=content)


class Migration(migrations.Migration):
    dependencies = [("officehours", "0009_what_counts_in_a_poll")]

    operations = [
        migrations.AddField("waiting", "known_start", models.DateTimeField(blank=True, null=True)),
        migrations.RunPython(keep_what_was_told, migrations.RunPython.noop, elidable=True),
    ]
