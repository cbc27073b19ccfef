import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q


def drop_joined_parts(apps, schema_editor):
    """Parts whose dates hang on the first of them by now: only their former addresses know them."""
    known = apps.get_model("officehours", "FormerAddress").objects.values("series_number")
    apps.get_model("officehours", "HoursSeries").objects.filter(dates=None, pk__in=known).delete()


class Migration(migrations.Migration):
    dependencies = [("officehours", "0013_lay_out_dates")]

    operations = [
        migrations.RemoveConstraint("appointment", "one_appointment_a_slot"),
        migrations.RemoveConstraint("appointment", "one_agreed_appointment_a_time"),
        *(
            migrations.RemoveField("appointment", name)
            for name in ("series", "on", "offset", "known_start", "known_content")
        ),
        migrations.AddConstraint(
            "appointment",
            models.UniqueConstraint(
                fields=("hours", "starts_at"),
                condition=Q(state__in=("booked", "offered"), hours__isnull=False),
                name="one_appointment_a_slot",
            ),
        ),
        migrations.AddConstraint(
            "appointment",
            models.UniqueConstraint(
                fields=("host", "starts_at"),
                condition=Q(state__in=("booked", "offered"), hours__isnull=True),
                name="one_agreed_appointment_a_time",
            ),
        ),
        migrations.RemoveConstraint("waiting", "one_waits_once_a_date"),
        *(migrations.RemoveField("waiting", name) for name in ("series", "on", "known_start")),
        migrations.RenameModel("Waiting", "WaitingListEntry"),
        migrations.AlterField(
            "waitinglistentry",
            "hours",
            models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="waiting_list",
                to="officehours.officehours",
            ),
        ),
        migrations.AddConstraint(
            "waitinglistentry", models.UniqueConstraint(fields=("hours", "student"), name="one_waits_once_a_date")
        ),
        migrations.RemoveConstraint("hoursqueue", "one_queue_a_date"),
        *(migrations.RemoveField("hoursqueue", name) for name in ("series", "on")),
        migrations.AlterField(
            "hoursqueue",
            "hours",
            models.OneToOneField(
                on_delete=django.db.models.deletion.CASCADE, related_name="queue", to="officehours.officehours"
            ),
        ),
        migrations.RemoveField("hoursseries", "lineage"),
        migrations.DeleteModel("HoursChange"),
        migrations.DeleteModel("ToldEvent"),
        migrations.RunPython(drop_joined_parts, migrations.RunPython.noop, elidable=True),
    ]
