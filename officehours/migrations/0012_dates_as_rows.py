import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import officehours.models.hours

MODES = [("in_person", "In person"), ("online", "Online"), ("both", "In person and online")]
STATES = [
    ("scheduled", "Scheduled"),
    ("cancelled", "Cancelled"),
    ("day_off", "Cancelled by rule: a day without class"),
    ("outside", "Cancelled by rule: the series became shorter"),
]


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("courses", "0004_sequence"),
        ("officehours", "0011_who_ended_it"),
    ]

    operations = [
        migrations.CreateModel(
            "OfficeHours",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("sequence", models.PositiveIntegerField(default=0)),
                ("changed_at", models.DateTimeField(blank=True, null=True)),
                ("published_digest", models.CharField(blank=True, max_length=64)),
                ("on", models.DateField()),
                ("date", models.DateField()),
                ("start", models.TimeField()),
                ("end", models.TimeField()),
                ("starts_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField()),
                ("mode", models.CharField(choices=MODES, default="in_person", max_length=10)),
                ("place", models.CharField(blank=True, max_length=120)),
                (
                    "url",
                    models.CharField(blank=True, max_length=500, validators=[officehours.models.hours.is_web_address]),
                ),
                ("state", models.CharField(choices=STATES, default="scheduled", max_length=10)),
                ("reason", models.CharField(blank=True, max_length=300)),
                ("is_changed", models.BooleanField(default=False)),
                ("is_kept_on_day_off", models.BooleanField(default=False)),
                ("rule_start", models.TimeField()),
                ("rule_end", models.TimeField()),
                ("rule_mode", models.CharField(choices=MODES, default="in_person", max_length=10)),
                ("rule_place", models.CharField(blank=True, max_length=120)),
                ("rule_url", models.CharField(blank=True, max_length=500)),
                ("uid", models.CharField(default=officehours.models.hours.new_uid, max_length=120)),
                (
                    "course",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="office_hours", to="courses.course"
                    ),
                ),
                (
                    "host",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "series",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="dates",
                        to="officehours.hoursseries",
                    ),
                ),
            ],
            options={
                "ordering": ("starts_at", "pk"),
                "indexes": [models.Index(fields=["host", "starts_at"], name="office_hours_of_a_host")],
                "constraints": [
                    models.UniqueConstraint(fields=("series", "on"), name="one_row_a_date"),
                    models.UniqueConstraint(fields=("course", "uid"), name="one_row_a_uid"),
                    models.CheckConstraint(
                        condition=models.Q(("ends_at__gt", models.F("starts_at"))),
                        name="office_hours_end_after_they_start",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            "FormerAddress",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("series_number", models.PositiveBigIntegerField()),
                ("monday", models.DateField()),
                (
                    "hours",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="former_addresses",
                        to="officehours.officehours",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("series_number", "monday"), name="one_date_a_former_address"
                    )
                ]
            },
        ),
        migrations.AddField("appointment", "changed_at", models.DateTimeField(blank=True, null=True)),
        migrations.AddField("appointment", "published_digest", models.CharField(blank=True, max_length=64)),
        migrations.AddField("appointment", "sequence", models.PositiveIntegerField(default=0)),
        migrations.AddField(
            "appointment",
            "hours",
            models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="appointments",
                to="officehours.officehours",
            ),
        ),
        *(
            migrations.AddField(
                model,
                "hours",
                models.ForeignKey(
                    null=True,
                    on_delete=django.db.models.deletion.CASCADE,
                    related_name="+",
                    to="officehours.officehours",
                ),
            )
            for model in ("waiting", "hoursqueue")
        ),
    ]
