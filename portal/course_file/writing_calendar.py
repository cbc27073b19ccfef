"""When the course meets and what is on: from the file's shape into rows, touching only what differs."""

from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import ProtectedError, RestrictedError

from courses.domain import calendar
from courses.models import ClassMeeting, Course, NoClassDay, WeeklyTime
from feedback.domain import windows
from portal.course_file.spelling import WEEKDAYS, time_of
from portal.course_file.tally import Tally

Tree = dict[str, Any]


def write_calendar(course: Course, tree: Tree, tally: Tally, now: datetime) -> None:
    """The weekly rule, days without class, and every class with its title, hours and agenda.

    Raises DomainError for a new no-class day on which a class must stay (its survey is answered).
    """
    meetings = tree["meetings"]
    before = _as_laid_out(course)
    gaps = _gaps(course) if before else set()
    _weekly_times(course, meetings, tally)
    _no_class_days(course, meetings, tally, now)
    _extra_classes(course, meetings)
    calendar.lay_out(course)
    course.meetings.filter(date__in=gaps).delete()
    _drop_stray_classes(course, meetings, tally)
    _classes(course, meetings, {row[0] for row in before}, tally)
    calendar.renumber(course)
    if before and before != _as_laid_out(course):
        calendar.tell_rooms(course, now, quietly=True)


def _as_laid_out(course: Course) -> set[Any]:
    return set(course.meetings.values_list("pk", "starts_at", "ends_at", "is_cancelled", "number"))


def _gaps(course: Course) -> set[date]:
    """Dates of the weekly rule without a class: past when staff added the weekday."""
    if not course.weekly_times.exists():
        return set()
    return calendar.rule_dates(course).keys() - set(course.meetings.values_list("date", flat=True))


def _weekly_times(course: Course, meetings: Tree, tally: Tally) -> None:
    have = {weekly.weekday: weekly for weekly in course.weekly_times.all()}
    for entry in meetings["weekly"]:
        weekday = WEEKDAYS.index(entry["weekday"])
        weekly = have.get(weekday) or WeeklyTime(course=course, weekday=weekday)
        fields = {"start": time_of(entry["start"]), "end": time_of(entry["end"]), "place": entry["place"]}
        tally.put("weekly times", weekly, fields)


def _no_class_days(course: Course, meetings: Tree, tally: Tally, now: datetime) -> None:
    have = {off.date: off for off in course.no_class_days.all()}
    for entry in meetings.get("no_class", []):
        day = date.fromisoformat(entry["date"])
        if day not in have:
            for meeting in course.meetings.held().filter(date=day):
                windows.before_cancelling(meeting, now)
        off = have.get(day) or NoClassDay(course=course, date=day)
        tally.put("days without class", off, {"reason": entry["reason"]})


def _extra_classes(course: Course, meetings: Tree) -> None:
    """Make the classes beside the weekly times that are missing."""
    rule, have = calendar.rule_dates(course), set(course.meetings.values_list("date", flat=True))
    for entry in meetings.get("extra", []):
        day = date.fromisoformat(entry["date"])
        if day not in have and day not in rule:
            starts_at, ends_at = (calendar.at(course, day, time_of(entry[key])) for key in ("start", "end"))
            course.meetings.create(date=day, starts_at=starts_at, ends_at=ends_at, place=entry["place"])


def _drop_stray_classes(course: Course, meetings: Tree, tally: Tally) -> None:
    """Classes that the weekly rule no longer has go if nothing is written about them, and are noted otherwise."""
    extra = [entry["date"] for entry in meetings.get("extra", [])]
    for meeting in course.meetings.exclude(date__in=calendar.rule_dates(course)).exclude(date__in=extra):
        if meeting.title or meeting.agenda.exists() or not _is_gone(meeting):
            tally.notes.append(
                f"{meeting.date}: the weekly times no longer have this class; it stays, as it is in use."
            )
        else:
            tally.count("meetings", "changed")


def _is_gone(meeting: ClassMeeting) -> bool:
    """Delete a class, unless another room holds on to it."""
    try:
        with transaction.atomic():
            meeting.delete()
    except (ProtectedError, RestrictedError):
        return False
    return True


def _classes(course: Course, meetings: Tree, known: set[int], tally: Tally) -> None:
    """Bring each class to what is written about it; one about which nothing is written follows the weekly times."""
    rule = calendar.rule_dates(course)
    details = {date.fromisoformat(entry["date"]): entry for entry in meetings.get("details", [])}
    extra = {date.fromisoformat(entry["date"]): entry for entry in meetings.get("extra", [])}
    for meeting in course.meetings.prefetch_related("agenda"):
        weekly = rule.get(meeting.date)
        entry = (details if weekly else extra).get(meeting.date, {})
        if weekly or entry:
            changed = _class(course, meeting, entry, weekly) | _agenda(meeting, entry.get("agenda", []), tally)
            tally.count("meetings", "created" if meeting.pk not in known else "changed" if changed else "kept")


def _class(course: Course, meeting: ClassMeeting, entry: Tree, weekly: WeeklyTime | None) -> bool:
    start = time_of(entry["start"]) if "start" in entry or not weekly else weekly.start
    end = time_of(entry["end"]) if "end" in entry or not weekly else weekly.end
    fields = {
        "title": entry.get("title", ""),
        "starts_at": calendar.at(course, meeting.date, start),
        "ends_at": calendar.at(course, meeting.date, end),
        "place": entry["place"] if "place" in entry or not weekly else weekly.place,
    }
    changed = [name for name, value in fields.items() if getattr(meeting, name) != value]
    for name in changed:
        setattr(meeting, name, fields[name])
    if changed:
        meeting.save(update_fields=changed)
    return bool(changed)


def _agenda(meeting: ClassMeeting, lines: list[Tree], tally: Tally) -> bool:
    """Replace a class's agenda if it differs; whether it did."""
    have = [(line.text, line.kind, line.minutes, line.target) for line in meeting.agenda.all()]
    want = [(line["text"], line["kind"], line.get("minutes"), _target(line)) for line in lines]
    if have == want:
        return False
    meeting.agenda.all().delete()
    meeting.agenda.bulk_create(
        meeting.agenda.model(meeting=meeting, position=n, text=text, kind=kind, minutes=minutes, target=target)
        for n, (text, kind, minutes, target) in enumerate(want, start=1)
    )
    ClassMeeting.objects.filter(pk=meeting.pk).update(agenda_version=meeting.agenda_version + 1)
    tally.count("agenda lines", "changed" if have else "created", len(want))
    return True


def _target(line: Tree) -> Tree:
    return {key: line[key] for key in ("team", "assignment") if line.get(key) not in (None, "")}
