"""Arranging the draft: talks are added, placed, moved and removed; a release publishes it."""

import random
from dataclasses import dataclass
from datetime import date, datetime, time

from django.db import transaction

from accounts.errors import DomainError
from courses.domain import calendar, publishing
from courses.models import ClassMeeting, Course
from presentations.domain import plans, schedule
from presentations.domain.schedule import TalkDay
from presentations.models import Presentation, PresentationDay, Slot, Team

Edition = Slot.Edition


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


def set_hours(talk: Presentation, *, minutes: int | None, start: time | None) -> None:
    """Give a talk its minutes and its start; none: the plan's minutes, after the talk before."""
    talk.slots.draft().update(minutes=minutes, start=start)


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
    reviewed = reviewed_slots(course)
    talks = [[slot.talk for slot in _slots(source) if slot.talk and slot.talk_id not in reviewed] for source in sources]
    for target, leaving in reversed(list(zip(targets, talks, strict=False))):
        for talk in leaving:
            move(talk, target)
    if not meeting.slots.draft().exists():
        PresentationDay.objects.filter(meeting=meeting).delete()
    return sum(len(leaving) for leaving in talks[: len(targets)])


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


def reviewed_slots(course: Course) -> dict[int, Slot]:
    """Where the talks that were reviewed were held: there they stay, and with them the reviews that are done."""
    slots = course.slots.live().filter(talk__in=course.presentations.reviewed()).select_related("meeting", "talk__team")
    return {slot.talk_id: slot for slot in slots if slot.talk_id}


def refuse_moving(talk: Presentation, to: ClassMeeting | None) -> None:
    """Refuse to move a talk that was reviewed to another class, or out. Raises DomainError."""
    slot = reviewed_slots(talk.course).get(talk.pk)
    if slot and (to is None or slot.meeting_id != to.pk):
        raise DomainError(stays_where_reviewed(slot))


def stays_where_reviewed(slot: Slot) -> str:
    who = slot.talk.who if slot.talk else ""
    return f"The talk of {who} was reviewed already; it stays on {short_date(slot.meeting.date)}."


def short_date(day: date) -> str:
    """A date as lists of findings name it: "Thu Dec 7"."""
    return f"{day:%a %b} {day.day}"


# --- Days by preference ----------------------------------------------------------------------------
@dataclass(frozen=True)
class Placed:
    """Where one team came to stand, and why."""

    team: Team
    day: TalkDay
    why: str


@transaction.atomic
def allocate(course: Course, *, seed: int, now: datetime) -> list[Placed]:
    """Place every team that has no place in the draft; the same seed and the same wishes give the same result.

    Raises DomainError if no presentation day is still to come.
    """
    plan = plans.plan_of(course)
    make_talks(course)
    with_class = [day for day in schedule.days(course, Edition.DRAFT, plan) if not day.meeting.is_cancelled]
    days = [day for day in with_class if day.meeting.starts_at > now]
    if not days:
        raise DomainError(
            "All presentation days are over; add one that is to come."
            if with_class
            else "There is no presentation day yet; choose the days first."
        )
    free = {day.meeting.pk: day.budget - day.spent for day in days}
    waiting = [talk.team for talk in to_place(course) if talk.team]
    random.Random(seed).shuffle(waiting)  # noqa: S311 - repeatable, not secret
    placed: dict[int, Placed] = {}
    for choose in (_by_wish, _where_most_is_free):
        for drawn, team in enumerate(waiting, start=1):
            minutes = plan.minutes_of(team.kind)
            choice = None if team.pk in placed else choose(team, days, free, minutes)
            if choice:
                day, reason = choice
                free[day.meeting.pk] -= minutes
                placed[team.pk] = Placed(team, day, f"drawn as number {drawn}: {reason}")
    for place in placed.values():
        move(talk_of(place.team), place.day.meeting)
    return list(placed.values())


def _by_wish(team: Team, days: list[TalkDay], free: dict[int, int], minutes: int) -> tuple[TalkDay, str] | None:
    """The best of the team's days with so many minutes free, and why; None if there is none."""
    by_date = {day.meeting.date.isoformat(): day for day in days}
    full: list[str] = []
    for rank, wish in enumerate(team.preferred_days, start=1):
        day = by_date.get(wish)
        if day and free[day.meeting.pk] >= minutes:
            return day, f"choice {rank}" + (f", since {' and '.join(full)} had no room left" if full else "")
        full.append(wish)
    return None


def _where_most_is_free(team: Team, days: list[TalkDay], free: dict[int, int], _: int) -> tuple[TalkDay, str]:
    day = max(days, key=lambda day: (free[day.meeting.pk], -day.meeting.starts_at.timestamp()))
    wishes = ", ".join(team.preferred_days)
    reason = f"none of its days ({wishes}) had room left" if wishes else "it asked for no day"
    return day, f"{reason}, so the day with most room"
