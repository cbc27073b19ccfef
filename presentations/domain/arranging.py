"""Arranging the draft: talks come, go and move; nothing of it is published until a release."""

from datetime import time

from django.db import transaction

from accounts.errors import DomainError
from courses.domain import calendar, publishing
from courses.models import ClassMeeting, Course
from presentations.domain import checks, plans, releases
from presentations.models import Presentation, PresentationDay, Slot, Team

Edition = Slot.Edition


@transaction.atomic
def talk_of(team: Team) -> Presentation:
    """The team's talk, made if there is none, with what the team says about it; two at once make one."""
    talk = team.presentations.first()
    if talk is None:
        releases.lock(team.course)
        talk = team.presentations.first()
    return talk or Presentation.objects.create(course=team.course, team=team, kind=team.kind, title=team.title)


@transaction.atomic
def make_talks(course: Course) -> None:
    """Give every team a talk to place, and a talk that is not published yet its team's title."""
    releases.lock(course)
    for team in course.teams.all():
        talk = talk_of(team)
        if team.title and (not talk.title or not talk.slots.live().exists()):
            Presentation.objects.filter(pk=talk.pk).update(title=team.title, kind=team.kind)


def to_place(course: Course) -> list[Presentation]:
    """The talks that have no place in the draft."""
    placed = course.slots.draft().filter(talk__isnull=False).values("talk")
    return list(course.presentations.exclude(pk__in=placed).select_related("team").order_by("team__number", "pk"))


@transaction.atomic
def move(talk: Presentation, meeting: ClassMeeting, *, position: int | None = None) -> None:
    """Put a talk into a day of the draft, at this place (from 1) or last; the others make room.

    Raises DomainError for a day without class, and for another day than that on which the talk was reviewed.
    """
    releases.lock(talk.course)
    if meeting.is_cancelled or meeting.course_id != talk.course_id:
        raise DomainError(f"There is no class on {calendar.long_date(meeting.date)}; the talk stays where it was.")
    checks.refuse_moving(talk, meeting)
    slot = talk.slots.draft().first() or Slot(course=talk.course, edition=Edition.DRAFT, talk=talk)
    old = slot.meeting if slot.meeting_id else None
    there = [other for other in _slots(meeting) if other.talk_id != talk.pk]
    there.insert(len(there) if position is None else max(0, position - 1), slot)
    if old and old.pk != meeting.pk:
        slot.start = None
        _lay(old, [other for other in _slots(old) if other.talk_id != talk.pk])
    _lay(meeting, there)
    PresentationDay.objects.get_or_create(meeting=meeting, defaults={"course": talk.course})


@transaction.atomic
def take_out(talk: Presentation) -> None:
    """Take a talk out of the draft; it can be placed again. Raises DomainError for one that was reviewed."""
    releases.lock(talk.course)
    checks.refuse_moving(talk, None)
    slot = talk.slots.draft().select_related("meeting").first()
    if slot:
        _lay(slot.meeting, [other for other in _slots(slot.meeting) if other.talk_id != talk.pk])


@transaction.atomic
def nudge(talk: Presentation, *, by: int) -> None:
    """Move a talk earlier (-1) or later (1) in its day."""
    slots = [] if not (slot := talk.slots.draft().select_related("meeting").first()) else _slots(slot.meeting)
    here = next((n for n, other in enumerate(slots, start=1) if other.talk_id == talk.pk), 0)
    if slot and 1 <= here + by <= len(slots):
        move(talk, slot.meeting, position=here + by)


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
    """Forget a guest's talk or a break that is not published. Raises DomainError for one that is, or is reviewed."""
    if talk.team_id or talk.slots.live().exists() or talk.reviews.exists():
        raise DomainError("This talk is published; take it out of the draft and release first.")
    talk.slots.all().delete()
    talk.delete()


@transaction.atomic
def push_on(meeting: ClassMeeting) -> int:
    """Class is cancelled: its talks, and those of every later day, go one presentation day on; how many moved.

    The last day keeps its talks and takes those before it, after its own. Talks that were reviewed stay.
    Raises DomainError if no later day is held.
    """
    course = meeting.course
    releases.lock(course)
    days = [day.meeting for day in plans.days_of(course) if day.meeting.starts_at >= meeting.starts_at]
    later = [one for one in days if one.pk != meeting.pk and not one.is_cancelled]
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


def _lay(meeting: ClassMeeting, slots: list[Slot]) -> None:
    """Write a day anew, in this order, counted from 1."""
    course = meeting.course
    gone = [slot.pk for slot in slots if slot.pk]
    meeting.slots.draft().delete()
    Slot.objects.filter(pk__in=gone).delete()
    rows = [(slot.talk_id, slot.minutes, slot.start) for slot in slots]
    Slot.objects.bulk_create(
        Slot(course=course, edition=Edition.DRAFT, meeting=meeting, order=n, talk_id=talk, minutes=minutes, start=start)
        for n, (talk, minutes, start) in enumerate(rows, start=1)
    )
