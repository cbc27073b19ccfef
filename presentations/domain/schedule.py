"""The schedule as people read it: days, talks, hours, who speaks, and what moved."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from accounts.errors import DomainError
from courses.domain import calendar
from courses.models import ClassMeeting, Course, Enrollment
from presentations.domain import plans
from presentations.models import PeerReview, Presentation, PresentationPlan, Slot, TeamMember


@dataclass
class Place:
    """A talk at its place: from when until when (UTC), and who gives it."""

    slot: Slot
    talk: Presentation
    starts_at: datetime
    ends_at: datetime
    people: list[Enrollment] = field(default_factory=list)

    @property
    def names(self) -> list[str]:
        return [person.user.short_name for person in self.people]

    @property
    def speakers(self) -> set[int]:
        """The enrollments who give it: the team's people, and those who were as it was last released."""
        return {person.pk for person in self.people}.union(self.talk.speakers)

    def has(self, person: Enrollment) -> bool:
        """Whether this person gives the talk, or gave it before they left the team."""
        return person.pk in self.speakers


@dataclass
class TalkDay:
    """One class with its talks; `spent` and `budget` are minutes."""

    meeting: ClassMeeting
    budget: int
    places: list[Place] = field(default_factory=list)

    @property
    def spent(self) -> int:
        return sum(int((place.ends_at - place.starts_at).total_seconds()) // 60 for place in self.places)

    @property
    def counting(self) -> list[Place]:
        """The talks whose reviews count; none of a cancelled class."""
        if self.meeting.is_cancelled:
            return []
        return [place for place in self.places if place.talk.is_talk and place.talk.do_reviews_count]


def days(
    course: Course,
    edition: str = Slot.Edition.LIVE,
    plan: PresentationPlan | None = None,
    seats: list[TeamMember] | None = None,
) -> list[TalkDay]:
    """Every presentation day of a course with its talks in order, in a fixed number of queries."""
    plan = plan or plans.plan_of(course)
    slots = course.slots.filter(edition=edition, talk__isnull=False).select_related("meeting", "talk__team")
    meetings = {day.meeting_id: day.meeting for day in plans.days_of(course)}
    planned = list(slots.order_by("meeting__starts_at", "order"))
    for slot in planned:
        meetings.setdefault(slot.meeting_id, slot.meeting)
    for meeting in meetings.values():
        meeting.course = course
    people = people_by_team(course, seats)
    found = {pk: TalkDay(meeting, _minutes(meeting)) for pk, meeting in meetings.items()}
    for slot in planned:
        _add(found[slot.meeting_id], slot, plan, course, people)
    return sorted(found.values(), key=lambda day: day.meeting.starts_at)


def _minutes(meeting: ClassMeeting) -> int:
    return int((meeting.ends_at - meeting.starts_at).total_seconds()) // 60


def _add(day: TalkDay, slot: Slot, plan: PresentationPlan, course: Course, people: dict[int, list[Enrollment]]) -> None:
    assert slot.talk is not None
    start = day.places[-1].ends_at if day.places else day.meeting.starts_at
    if slot.start:
        start = calendar.instant(course, day.meeting.date, slot.start)
    end = start + timedelta(minutes=slot.minutes or plan.minutes_of(slot.talk.kind))
    day.places.append(Place(slot, slot.talk, start, end, people.get(slot.talk.team_id or 0, [])))


def seats_of(course: Course) -> list[TeamMember]:
    seats = TeamMember.objects.filter(team__course=course).select_related("enrollment__user", "enrollment__section")
    return list(seats.order_by("team", "seat"))


def people_by_team(course: Course, seats: list[TeamMember] | None = None) -> dict[int, list[Enrollment]]:
    """The active people of each team, in the order of their seats."""
    found: dict[int, list[Enrollment]] = {}
    for seat in seats_of(course) if seats is None else seats:
        if seat.confirmed_at and not seat.enrollment.dropped_at:
            found.setdefault(seat.team_id, []).append(seat.enrollment)
    return found


def places(listed: Iterable[TalkDay]) -> list[Place]:
    return [place for day in listed for place in day.places]


def place_of(talk: Presentation, listed: Iterable[TalkDay]) -> Place | None:
    return next((place for place in places(listed) if place.talk.pk == talk.pk), None)


# --- How talks follow the calendar ----------------------------------------------------------------
def consequence_of_cancelling(meeting: ClassMeeting, now: datetime) -> str:
    """What cancelling a class would do to talks, for the page that asks; empty if nothing."""
    n = meeting.slots.live().exclude(talk=None).count()
    if not n:
        return ""
    talks = "1 talk is" if n == 1 else f"{n} talks are"
    return f"{talks} planned for this class. Under Presentations, “Postpone” then moves them to the next day."


def before_cancelling(meeting: ClassMeeting, now: datetime) -> None:
    """Let a class be cancelled. Raises DomainError if a talk of it was reviewed."""
    talks = meeting.slots.live().values("talk")
    if PeerReview.objects.submitted().filter(presentation__in=talks).exists():
        raise DomainError("A talk of this class was reviewed already, so the class cannot be cancelled.")


def after_calendar_change(course: Course, now: datetime) -> None:
    """Nothing is stored that could go stale: hours and duties are derived from the calendar."""
