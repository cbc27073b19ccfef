"""What is wrong with a schedule that is being arranged: errors stop a release, warnings do not."""

from dataclasses import dataclass
from itertools import combinations, pairwise

from accounts.errors import DomainError
from courses.models import ClassMeeting, Course
from presentations.domain import plans, schedule
from presentations.domain.schedule import Day, Place
from presentations.models import PeerReview, Presentation, PresentationPlan, Slot, Team

ERROR, WARNING = "error", "warning"


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong, in words."""

    level: str
    sentence: str

    @property
    def is_error(self) -> bool:
        """Whether this stops a release."""
        return self.level == ERROR


def of_draft(course: Course, days: list[Day] | None = None) -> list[Finding]:
    """All findings of the draft, errors first."""
    plan = plans.plan_of(course)
    days = schedule.days(course, Slot.Edition.DRAFT, plan) if days is None else days
    found = [finding for day in days for finding in [*_overlaps(day), *_of_day(day)]]
    found += [*_people(days), *_teams(course, plan, days), *_reviewed(course, days)]
    return sorted(found, key=lambda finding: not finding.is_error)


def _overlaps(day: Day) -> list[Finding]:
    ordered = sorted(day.places, key=lambda place: place.starts_at)
    return [
        Finding(ERROR, f"{_name(day)}: {two.talk.who} begins before {one.talk.who} ends; the slot is full.")
        for one, two in pairwise(ordered)
        if two.starts_at < one.ends_at
    ]


def _of_day(day: Day) -> list[Finding]:
    found = []
    if day.places and day.meeting.is_cancelled:
        found.append(Finding(ERROR, f"{_name(day)}: there is no class, and {len(day.places)} talks are planned."))
    if day.spent > day.budget:
        found.append(Finding(WARNING, f"{_name(day)}: {day.spent} minutes are planned; the class has {day.budget}."))
    return found + [Finding(WARNING, _outside(day, place)) for place in day.places if _is_outside(day, place)]


def _is_outside(day: Day, place: Place) -> bool:
    """Whether a talk with an hour of its own is not within the class; of the others the minutes say enough."""
    return bool(place.slot.start) and (place.starts_at < day.meeting.starts_at or place.ends_at > day.meeting.ends_at)


def _outside(day: Day, place: Place) -> str:
    zone = day.meeting.course.zone
    hours = [place.starts_at, place.ends_at, day.meeting.starts_at, day.meeting.ends_at]
    start, end, begins, ends = (f"{at.astimezone(zone):%H:%M}" for at in hours)
    return f"{_name(day)}: {place.talk.who} is planned from {start} to {end}; class is from {begins} to {ends}."


def _people(days: list[Day]) -> list[Finding]:
    """Someone in two talks at once."""
    found = []
    for one, two in combinations(schedule.places(days), 2):
        both = {person.pk for person in one.people} & {person.pk for person in two.people}
        if both and _meet(one, two):
            names = ", ".join(person.user.name for person in one.people if person.pk in both)
            found.append(Finding(ERROR, f"{names} would be in two talks at once: {one.talk.who} and {two.talk.who}."))
    return found


def _meet(one: Place, two: Place) -> bool:
    return one.starts_at < two.ends_at and two.starts_at < one.ends_at


def _teams(course: Course, plan: PresentationPlan, days: list[Day]) -> list[Finding]:
    """Teams that are too small, have no talk in the schedule, or would present on a day they did not ask for."""
    placed = {place.talk.team_id: day for day in days for place in day.places if place.talk.team_id}
    people = {place.talk.team_id or 0: place.people for day in days for place in day.places}
    found = []
    for team in course.teams.all():
        if team.pk not in placed:
            found.append(Finding(WARNING, f"Team {team.number} has no place yet."))
            continue
        if schedule.is_too_small(people[team.pk], plan):
            found.append(_too_small(team, len(people[team.pk]), plans.sizes(plan)[0]))
        day = placed[team.pk]
        if team.preferred_days and day.meeting.date.isoformat() not in team.preferred_days:
            found.append(Finding(WARNING, f"Team {team.number} did not ask for {_name(day)}."))
    return found


def held(course: Course) -> dict[int, Slot]:
    """Where the talks that were reviewed were held: there they stay, and with them the reviews that are done."""
    reviewed = PeerReview.objects.submitted().filter(presentation__course=course)
    slots = course.slots.live().filter(talk__in=reviewed.values("presentation")).select_related("meeting", "talk__team")
    return {slot.talk_id: slot for slot in slots if slot.talk_id}


def refuse_moving(talk: Presentation, to: ClassMeeting | None) -> None:
    """Refuse to move a talk that was reviewed to another class, or out. Raises DomainError."""
    slot = held(talk.course).get(talk.pk)
    if slot and (to is None or slot.meeting_id != to.pk):
        raise DomainError(stays(slot))


def stays(slot: Slot) -> str:
    """That a reviewed talk stays where it was held, in words."""
    who = slot.talk.who if slot.talk else ""
    return f"The talk of {who} was reviewed already; it stays on {slot.meeting.date:%a %b} {slot.meeting.date.day}."


def _reviewed(course: Course, days: list[Day]) -> list[Finding]:
    """Talks that were moved in the draft before they were reviewed."""
    planned = {place.talk.pk: day.meeting.pk for day in days for place in day.places}
    moved = [slot for talk, slot in held(course).items() if planned.get(talk) != slot.meeting_id]
    return [Finding(ERROR, stays(slot)) for slot in moved]


def _too_small(team: Team, people: int, least: int) -> Finding:
    return Finding(ERROR, f"Team {team.number} has {people} of at least {least} people.")


def _name(day: Day) -> str:
    return f"{day.meeting.date:%a %b} {day.meeting.date.day}"
