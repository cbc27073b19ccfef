"""Days by preference: teams are drawn in an order that a seed fixes; each gets the best of its days that has room."""

import random
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from accounts.errors import DomainError
from courses.models import Course
from presentations.domain import arranging, plans, schedule
from presentations.domain.schedule import TalkDay
from presentations.models import Slot, Team


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
    arranging.make_talks(course)
    days_held = [day for day in schedule.days(course, Slot.Edition.DRAFT, plan) if not day.meeting.is_cancelled]
    days = [day for day in days_held if day.meeting.starts_at > now]
    if not days:
        raise DomainError(
            "All presentation days are over; add one that is to come."
            if days_held
            else "There is no presentation day yet; choose the days first."
        )
    rooms = {day.meeting.pk: day.budget - day.spent for day in days}
    waiting = [talk.team for talk in arranging.to_place(course) if talk.team]
    random.Random(seed).shuffle(waiting)  # noqa: S311 - repeatable, not secret
    found, left = [], []
    for drawn, team in enumerate(waiting, start=1):
        minutes = plan.minutes_of(team.kind)
        placed = _by_wish(team, days, rooms, minutes, drawn)
        if placed is None:
            left.append((drawn, team))
            continue
        rooms[placed.day.meeting.pk] -= minutes
        found.append(placed)
    for drawn, team in left:
        placed = _where_room_is(team, days, rooms, drawn)
        rooms[placed.day.meeting.pk] -= plan.minutes_of(team.kind)
        found.append(placed)
    for placed in found:
        arranging.move(arranging.talk_of(placed.team), placed.day.meeting)
    return found


def _by_wish(team: Team, days: list[TalkDay], rooms: dict[int, int], minutes: int, drawn: int) -> Placed | None:
    """The best of the team's days that has room; None if there is none."""
    by_date = {day.meeting.date.isoformat(): day for day in days}
    full: list[str] = []
    for rank, wish in enumerate(team.preferred_days, start=1):
        day = by_date.get(wish)
        if day and rooms[day.meeting.pk] >= minutes:
            reason = f"choice {rank}" + (f", since {' and '.join(full)} had no room left" if full else "")
            return Placed(team, day, f"drawn as number {drawn}: {reason}")
        full.append(wish)
    return None


def _where_room_is(team: Team, days: list[TalkDay], rooms: dict[int, int], drawn: int) -> Placed:
    """The day with most room, for whoever is left."""
    day = max(days, key=lambda day: (rooms[day.meeting.pk], -day.meeting.starts_at.timestamp()))
    wishes = ", ".join(team.preferred_days)
    reason = f"none of its days ({wishes}) had room left" if wishes else "it asked for no day"
    return Placed(team, day, f"drawn as number {drawn}: {reason}, so the day with most room")
