"""Each date of office hours becomes a row, as it was computed until now, and what hung on dates hangs on the rows.

The parts that a series was split into become one series with the terms of the last; rows keep the terms of their part.
"""

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from zoneinfo import ZoneInfo

from django.db import migrations

TERMS = ("start", "end", "mode", "place", "url")
WEEK = timedelta(days=7)
OF_OTHER_APPS = {
    "meeting": ("courses", "ClassMeeting"),
    "assignment": ("courses", "Assignment"),
    "survey": ("feedback", "Survey"),
    "talk": ("presentations", "Presentation"),
}


def lay_out(apps, schema_editor):
    now = datetime.now(UTC)
    for course in apps.get_model("courses", "Course").objects.all():
        rows = Rows(apps, course)
        rows.lay_out()
        rows.hang()
        rows.write_sequences(now)


class Rows:
    """The dates of one course, by the old series' number and the rule's date."""

    def __init__(self, apps, course):
        self.model = lambda name: apps.get_model("officehours", name).objects
        self.apps, self.course, self.zone = apps, course, ZoneInfo(course.timezone)
        self.off = {day.date: day.reason for day in course.no_class_days.all()}
        self.by_key, self.uids = {}, set()
        self.series_of, self.lineages = {}, defaultdict(list)
        series = self.model("HoursSeries").filter(course_id=course.pk).select_related("host")
        for part in series.order_by("first_on", "pk"):
            self.lineages[part.lineage].append(part)
            self.series_of[part.pk] = self.lineages[part.lineage][0]
        self.parts = {part.pk: part for parts in self.lineages.values() for part in parts}

    def lay_out(self):
        for part in self.parts.values():
            changes = {change.date: change for change in part.changes.all()}
            day = part.first_on + timedelta(days=(part.weekday - part.first_on.weekday()) % 7)
            while day <= part.last_on:
                self.add(part, day, changes.get(day))
                day += WEEK

    def add(self, part, day, change, *, is_outside=False):
        """One row, unless another part of the series has this very date."""
        series = self.series_of[part.pk]
        for other in self.lineages[part.lineage]:
            if (other.pk, day) in self.by_key:
                self.by_key[part.pk, day] = self.by_key[other.pk, day]
                return
        rule = {name: getattr(part, name) for name in TERMS}
        own = {name: getattr(change, name) for name in TERMS if change and getattr(change, name) is not None}
        date = (change and change.new_date) or day
        is_own = date != day or "start" in own or "end" in own
        is_kept = bool(change and change.is_held) or (is_own and day in self.off)
        is_off = day in self.off and not is_kept and not is_own
        is_cancelled = bool(change and change.is_cancelled)
        values = {**rule, **own}
        starts_at, ends_at = (
            datetime.combine(date, values[name], tzinfo=self.zone).astimezone(UTC) for name in ("start", "end")
        )
        if ends_at <= starts_at:  # in the hour that the clocks skip
            ends_at = starts_at + (datetime.combine(date, values["end"]) - datetime.combine(date, values["start"]))
        state = "outside" if is_outside else "cancelled" if is_cancelled else "day_off" if is_off else "scheduled"
        self.by_key[part.pk, day] = self.model("OfficeHours").create(
            course_id=self.course.pk, series_id=series.pk, host_id=part.host_id, on=day, date=date,
            starts_at=starts_at, ends_at=ends_at, state=state, uid=self.uid_of(part, day),
            reason=(change.reason if change else "") or (self.off.get(day, "") if state != "scheduled" else ""),
            is_changed=date != day or values != rule, is_kept_on_day_off=is_kept,
            **values, **{f"rule_{name}": value for name, value in rule.items()},
        )  # fmt: skip

    def uid_of(self, part, day):
        uid = f"{part.lineage}-{day - timedelta(days=day.weekday())}"
        while uid in self.uids:
            uid += "-2"
        self.uids.add(uid)
        return uid

    def row_of(self, series, on):
        """The row of a date; one outside of its series if the series does not have it any more."""
        if series is None or on is None:
            return None
        if (series, on) not in self.by_key:
            self.add(self.parts[series], on, None, is_outside=True)
        return self.by_key[series, on]

    def hang(self):
        """Appointments, waiting and queues on the rows; parts into one series; and where old addresses lead."""
        appointments = self.model("Appointment").filter(course_id=self.course.pk, series__isnull=False)
        for appointment in appointments:
            row = self.row_of(appointment.series_id, appointment.on)
            self.model("Appointment").filter(pk=appointment.pk).update(hours=row)
        waits = set()
        for entry in self.model("Waiting").filter(series__course_id=self.course.pk):
            row = self.by_key.get((entry.series_id, entry.on))
            if row is None or (row.pk, entry.student_id) in waits:
                entry.delete()
                continue
            waits.add((row.pk, entry.student_id))
            self.model("Waiting").filter(pk=entry.pk).update(hours=row)
        for queue in self.model("HoursQueue").filter(series__course_id=self.course.pk):
            self.model("HoursQueue").filter(pk=queue.pk).update(hours=self.row_of(queue.series_id, queue.on))
        for parts in self.lineages.values():
            self.join_parts(parts)

    def join_parts(self, parts):
        first, last = parts[0], parts[-1]
        rows = {row.pk: row for (part, _), row in self.by_key.items() if self.series_of[part].pk == first.pk}
        by_week = {row.on - timedelta(days=row.on.weekday()): row for row in reversed(list(rows.values()))}
        self.model("FormerAddress").bulk_create(
            self.model("FormerAddress").model(series_number=part.pk, monday=monday, hours=row)
            for part in parts
            for monday, row in by_week.items()
        )
        names = (*TERMS, "weekday", "title", "host_id")
        terms = {name: getattr(last, name) for name in names}
        series = self.model("HoursSeries").filter(pk=first.pk)
        series.update(**terms, last_on=max(part.last_on for part in parts))

    def write_sequences(self, now):
        """What was told of each event, with one more where it stands otherwise since."""
        events = {event.uid: event for event in self.course.told_events.all()}
        course = (self.course.code, self.course.timezone)
        for row in {row.pk: row for row in self.by_key.values()}.values():
            row = self.model("OfficeHours").select_related("series", "host").get(pk=row.pk)
            is_cancelled = row.state != "scheduled"
            shown = (row.starts_at, row.ends_at, row.mode, row.place, row.url, is_cancelled, row.reason,
                     row.series.title or "Office hours", row.host.name or row.host.email)  # fmt: skip
            self.write(row, events.get(row.uid), digest(*shown), digest(*course, *shown), now)
        appointments = self.model("Appointment").filter(course_id=self.course.pk).select_related("hours", "host")
        for appointment in appointments:
            row, host = appointment.hours, appointment.host
            place = (row.mode, row.place, row.url) if row else (appointment.place, "")
            is_gone = appointment.state in ("cancelled", "declined", "lapsed")
            shown = (appointment.starts_at, appointment.ends_at, appointment.host_id, *place, is_gone)
            now_shown = digest(*course, host.name or host.email, *shown)
            self.write(appointment, events.get(f"appointment-{appointment.pk}"), digest(*shown), now_shown, now)
        for uid, event in events.items():
            kind, _, number = uid.rpartition("-")
            if kind in OF_OTHER_APPS and number.isdigit():
                rows = self.apps.get_model(*OF_OTHER_APPS[kind]).objects.filter(pk=number)
                rows.update(sequence=event.sequence, changed_at=event.told_at, published_digest=event.content)

    def write(self, row, event, as_before, as_now, now):
        if event is None:
            return
        is_otherwise = event.content != as_before
        type(row).objects.filter(pk=row.pk).update(
            sequence=event.sequence + is_otherwise,
            changed_at=now if is_otherwise else event.told_at,
            published_digest=as_now,
        )


def digest(*parts):
    return sha256("\x1f".join(str(part) for part in parts).encode()).hexdigest()


class Migration(migrations.Migration):
    dependencies = [
        ("officehours", "0012_dates_as_rows"),
        ("courses", "0004_sequence"),
        ("feedback", "0006_sequence"),
        ("presentations", "0006_sequence"),
    ]

    operations = [migrations.RunPython(lay_out, migrations.RunPython.noop, elidable=True)]
