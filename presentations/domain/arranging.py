"""Arranging the draft: talks are added, moved and removed, and what is wrong is found; a release publishes it."""

from dataclasses import dataclass
from datetime import date, time
from itertools import combinations, pairwise

from django.db import transaction

from accounts.errors import DomainError
from courses.domain import calendar, publishing
from courses.models import ClassMeeting, Course
from presentations.domain import plans, published_schedule, schedule
from presentations.domain.schedule import Place, TalkDay
from presentations.models import PeerReview, Presentation, PresentationDay, PresentationPlan, Slot, Team

Edition = Slot.Edition
ERROR, WARNING = "error", "warning"  # an error stops a release


@transaction.atomic
def talk_of(team: Team) -> Presentation:
    """The team's talk, made if there is none, with what the team says about it; two at once make one."""
    talk = team.presentations.first()
    if talk is None:
        plans.lock_schedule(team.course)
        talk = team.presentations.first()
    return talk or Presentation.objects.create(course=team.course, team=team, kind=team.kind, title=team.title)


@transaction.atomic
def make_talks(course: Course) -> None:
    """Give every team a talk to place, and a talk that is not published yet its team's title."""
    plans.lock_schedule(course)
    for team in course.teams.all():
        talk = talk_of(team)
        if team.title and (not talk.title or not talk.slots.live().exists()):
            Presentation.objects.filter(pk=talk.pk).update(title=team.title, kind=team.kind)


def to_place(course: Course) -> list[Presentation]:
    placed = course.slots.draft().filter(talk__isnull=False).values("talk")
    return list(course.presentations.exclude(pk__in=placed).select_related("team").order_by("team__number", "pk"))


@transaction.atomic
def move(talk: Presentation, meeting: ClassMeeting, *, position: int | None = None) -> None:
    """Put a talk into a day of the draft, at this place (from 1) or last; the others make room.

    Raises DomainError for a day without class, and for another day than that on which the talk was reviewed.
    """
    plans.lock_schedule(talk.course)
    if meeting.is_cancelled or meeting.course_id != talk.course_id:
        raise DomainError(f"There is no class on {calendar.long_date(meeting.date)}; the talk stays where it was.")
    refuse_moving(talk, meeting)
    slot = talk.slots.draft().first() or Slot(course=talk.course, edition=Edition.DRAFT, talk=talk)
    old = slot.meeting if slot.meeting_id else None
    order = [other for other in _slots(meeting) if other.talk_id != talk.pk]
    order.insert(len(order) if position is None else max(0, position - 1), slot)
    if old and old.pk != meeting.pk:
        slot.start = None
        _write_day(old, [other for other in _slots(old) if other.talk_id != talk.pk])
    _write_day(meeting, order)
    PresentationDay.objects.get_or_create(meeting=meeting, defaults={"course": talk.course})


@transaction.atomic
def unplace(talk: Presentation) -> None:
    """Remove a talk from the draft; it can be placed again. Raises DomainError for one that was reviewed."""
    plans.lock_schedule(talk.course)
    refuse_moving(talk, None)
    slot = talk.slots.draft().select_related("meeting").first()
    if slot:
        _write_day(slot.meeting, [other for other in _slots(slot.meeting) if other.talk_id != talk.pk])


@transaction.atomic
def nudge(talk: Presentation, *, by: int) -> None:
    """Move a talk earlier (-1) or later (1) in its day."""
    slot = talk.slots.draft().select_related("meeting").first()
    if slot is None:
        return
    order = [other.talk_id for other in _slots(slot.meeting)]
    position = order.index(talk.pk) + 1 + by
    if 1 <= position <= len(order):
        move(talk, slot.meeting, position=position)


@transaction.atomic
def set_hours(talk: Presentation, *, minutes: int | None, start: time | None) -> None:
    """Give a talk its minutes and its start; none: the plan's minutes, after the talk before."""
    talk.slots.draft().update(minutes=minutes, start=start)


@transaction.atomic
def add_guest(
    course: Course, *, guest: str, title: str, kind: str, do_reviews_count: bool, note: str = ""
) -> Presentation:
    """A talk of a guest, who needs no account, or a break; not placed yet."""
    publishing.check(guest, title, note)
    if kind != "break" and not guest.strip():
        raise DomainError("Say who speaks; a guest needs a name, though no account.")
    counts = do_reviews_count and kind != "break"
    return Presentation.objects.create(
        course=course, guest=guest.strip(), title=title, kind=kind, note=note, do_reviews_count=counts
    )


@transaction.atomic
def remove_guest(talk: Presentation) -> None:
    """Delete a guest's talk or a break that is not published. Raises DomainError for one that is, or is reviewed."""
    if talk.team_id or talk.slots.live().exists() or talk.reviews.exists():
        raise DomainError("This talk is published; remove it from the draft and release first.")
    talk.slots.all().delete()
    talk.delete()


@transaction.atomic
def postpone(meeting: ClassMeeting) -> int:
    """Class is cancelled: its talks, and those of every later day, go one presentation day on; how many moved.

    The last day keeps its talks and takes those before it, after its own. Talks that were reviewed stay.
    Raises DomainError if no later day is held.
    """
    course = meeting.course
    plans.lock_schedule(course)
    days = [day.meeting for day in plans.days_of(course) if day.meeting.starts_at >= meeting.starts_at]
    later = [day for day in days if day.pk != meeting.pk and not day.is_cancelled]
    following = calendar.next_meeting(later[-1] if later else meeting)
    targets = [*later, *([following] if following else [])]
    if not targets:
        raise DomainError("No class is held after this one, so there is no day to move to. Add a class first.")
    sources = [meeting, *later]
    talks = [[slot.talk for slot in _slots(source) if slot.talk and not _is_reviewed(slot.talk)] for source in sources]
    for target, leaving in reversed(list(zip(targets, talks, strict=False))):
        for talk in leaving:
            move(talk, target)
    if not meeting.slots.draft().exists():
        PresentationDay.objects.filter(meeting=meeting).delete()
    return sum(len(leaving) for leaving in talks[: len(targets)])


def _is_reviewed(talk: Presentation) -> bool:
    return talk.reviews.submitted().exists()


def _slots(meeting: ClassMeeting) -> list[Slot]:
    return list(meeting.slots.draft().select_related("talk__team").order_by("order"))


def _write_day(meeting: ClassMeeting, slots: list[Slot]) -> None:
    """Write a day anew, in this order, counted from 1."""
    course = meeting.course
    replaced = [slot.pk for slot in slots if slot.pk]
    meeting.slots.draft().delete()
    Slot.objects.filter(pk__in=replaced).delete()
    rows = [(slot.talk_id, slot.minutes, slot.start) for slot in slots]
    Slot.objects.bulk_create(
        Slot(course=course, edition=Edition.DRAFT, meeting=meeting, order=n, talk_id=talk, minutes=minutes, start=start)
        for n, (talk, minutes, start) in enumerate(rows, start=1)
    )


# --- What is wrong with it ------------------------------------------------------------------------
@dataclass(frozen=True)
class DraftFinding:
    level: str
    message: str

    @property
    def is_error(self) -> bool:
        return self.level == ERROR


def check_draft(course: Course, days: list[TalkDay] | None = None) -> list[DraftFinding]:
    plan = plans.plan_of(course)
    days = schedule.days(course, Slot.Edition.DRAFT, plan) if days is None else days
    findings = [finding for day in days for finding in [*_overlaps(day), *_check_day(day)]]
    findings += [*_check_people(days), *_check_teams(course, plan, days), *_check_reviewed(course, days)]
    return sorted(findings, key=lambda finding: not finding.is_error)


def _overlaps(day: TalkDay) -> list[DraftFinding]:
    ordered = sorted(day.places, key=lambda place: place.starts_at)
    return [
        DraftFinding(ERROR, f"{_name(day)}: {later.talk.who} begins before {earlier.talk.who} ends; the slot is full.")
        for earlier, later in pairwise(ordered)
        if later.starts_at < earlier.ends_at
    ]


def _check_day(day: TalkDay) -> list[DraftFinding]:
    findings = []
    if day.places and day.meeting.is_cancelled:
        findings.append(
            DraftFinding(ERROR, f"{_name(day)}: there is no class, and {len(day.places)} talks are planned.")
        )
    if day.spent > day.budget:
        findings.append(
            DraftFinding(WARNING, f"{_name(day)}: {day.spent} minutes are planned; the class has {day.budget}.")
        )
    return findings + [DraftFinding(WARNING, _outside(day, place)) for place in day.places if _is_outside(day, place)]


def _is_outside(day: TalkDay, place: Place) -> bool:
    """Whether a talk with an hour of its own is not within the class; of the others the minutes say enough."""
    return bool(place.slot.start) and (place.starts_at < day.meeting.starts_at or place.ends_at > day.meeting.ends_at)


def _outside(day: TalkDay, place: Place) -> str:
    zone = day.meeting.course.zone
    hours = [place.starts_at, place.ends_at, day.meeting.starts_at, day.meeting.ends_at]
    start, end, begins, ends = (f"{at.astimezone(zone):%H:%M}" for at in hours)
    return f"{_name(day)}: {place.talk.who} is planned from {start} to {end}; class is from {begins} to {ends}."


def _check_people(days: list[TalkDay]) -> list[DraftFinding]:
    findings = []
    for place, other in combinations(schedule.places(days), 2):
        both = {person.pk for person in place.people} & {person.pk for person in other.people}
        if both and place.starts_at < other.ends_at and other.starts_at < place.ends_at:
            names = ", ".join(person.user.name for person in place.people if person.pk in both)
            talks = f"{place.talk.who} and {other.talk.who}"
            findings.append(DraftFinding(ERROR, f"{names} would be in two talks at once: {talks}."))
    return findings


def _check_teams(course: Course, plan: PresentationPlan, days: list[TalkDay]) -> list[DraftFinding]:
    """Teams that are too small, have no talk in the schedule, or would present on a day they did not ask for."""
    placed = {place.talk.team_id: day for day in days for place in day.places if place.talk.team_id}
    people = {place.talk.team_id or 0: place.people for day in days for place in day.places}
    findings = []
    for team in course.teams.all():
        if team.pk not in placed:
            findings.append(DraftFinding(WARNING, f"Team {team.number} has no place yet."))
            continue
        n, least = len(people[team.pk]), plans.sizes(plan)[0]
        if n < least:
            findings.append(DraftFinding(ERROR, f"Team {team.number} has {n} of at least {least} people."))
        day = placed[team.pk]
        if team.preferred_days and day.meeting.date.isoformat() not in team.preferred_days:
            findings.append(DraftFinding(WARNING, f"Team {team.number} did not ask for {_name(day)}."))
    return findings


def reviewed_slots(course: Course) -> dict[int, Slot]:
    """Where the talks that were reviewed were held: there they stay, and with them the reviews that are done."""
    reviewed = PeerReview.objects.submitted().filter(presentation__course=course)
    slots = course.slots.live().filter(talk__in=reviewed.values("presentation")).select_related("meeting", "talk__team")
    return {slot.talk_id: slot for slot in slots if slot.talk_id}


def refuse_moving(talk: Presentation, to: ClassMeeting | None) -> None:
    """Refuse to move a talk that was reviewed to another class, or out. Raises DomainError."""
    slot = reviewed_slots(talk.course).get(talk.pk)
    if slot and (to is None or slot.meeting_id != to.pk):
        raise DomainError(stays_where_reviewed(slot))


def stays_where_reviewed(slot: Slot) -> str:
    who = slot.talk.who if slot.talk else ""
    return f"The talk of {who} was reviewed already; it stays on {_short_date(slot.meeting.date)}."


def _check_reviewed(course: Course, days: list[TalkDay]) -> list[DraftFinding]:
    planned = {place.talk.pk: day.meeting.pk for day in days for place in day.places}
    moved = [slot for talk, slot in reviewed_slots(course).items() if planned.get(talk) != slot.meeting_id]
    return [DraftFinding(ERROR, stays_where_reviewed(slot)) for slot in moved]


def _name(day: TalkDay) -> str:
    return _short_date(day.meeting.date)


def check_classes(course: Course, published: list[TalkDay]) -> list[DraftFinding]:
    """Where a class names a team that presents on another day, in a fixed number of queries."""
    days_of: dict[int, set[date]] = {}
    for day in published:
        for place in day.places:
            if place.talk.team:
                days_of.setdefault(place.talk.team.number, set()).add(day.meeting.date)
    findings = []
    for meeting in course.meetings.held().prefetch_related("agenda").order_by("starts_at"):
        texts = [("title", meeting.title), *(("agenda", line.text) for line in meeting.agenda.all())]
        for what, text in texts:
            findings += [
                DraftFinding(WARNING, _contradiction(meeting, what, team, days_of[team]))
                for team in published_schedule.teams_named(text)
                if team in days_of and meeting.date not in days_of[team]
            ]
    return findings


def _contradiction(meeting: ClassMeeting, what: str, team: int, days: set[date]) -> str:
    on = " and ".join(_short_date(day) for day in sorted(days))
    return f"The {what} of the class on {_short_date(meeting.date)} names team {team}, which presents on {on}."


def _short_date(day: date) -> str:
    return f"{day:%a %b} {day.day}"
