"""From draft to published: a Release freezes the schedule, says what changed, and tells those whose talk changed."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import combinations, pairwise
from operator import attrgetter

from django.db import transaction

from accounts.errors import DomainError
from accounts.models import User
from courses.domain import publishing
from courses.models import ClassMeeting, Course, Enrollment
from presentations.domain import arranging, plans, published_schedule, schedule, swaps, teams
from presentations.domain.arranging import short_date
from presentations.domain.published_schedule import Change
from presentations.domain.schedule import Place, TalkDay
from presentations.models import PresentationPlan, Release, Slot, Team

Edition = Slot.Edition


def pending_changes(course: Course) -> list[Change]:
    published, draft = schedule.days(course), schedule.days(course, Edition.DRAFT)
    return published_schedule.changes_between(
        published_schedule.snapshot(published), published_schedule.snapshot(draft)
    )


def recipient_count(course: Course, changes: list[Change]) -> int:
    talks = {change["talk"] for change in changes}
    teams_of = course.presentations.filter(pk__in=talks).values_list("team", flat=True)
    people = schedule.people_by_team(course)
    return len({person.pk for team in teams_of for person in people.get(team or 0, [])})


def latest(course: Course) -> Release | None:
    return course.releases.order_by("number").last()


@transaction.atomic
def release(course: Course, *, by: User | None, now: datetime, note: str = "", token: str | None = None) -> Release:
    """Publish the draft and mail those whose talk changed, once each; `token` is the edit token of the pending changes.

    Raises DomainError if a check finds an error, if nothing differs from what is published, and for other changes.
    """
    publishing.check(note)
    plans.lock_schedule(course)
    if token is not None and token != plans.edit_token(pending_changes(course)):
        raise DomainError("The changes are not those that you saw any more. Nothing was released; look at these.")
    before = published_schedule.snapshot(schedule.days(course))
    errors = [finding.message for finding in check_draft(course) if finding.is_error]
    if errors:
        raise DomainError(f"Nothing was released: {' '.join(errors)}")
    course.slots.live().delete()
    drafted = course.slots.draft().values("course_id", "meeting_id", "order", "start", "minutes", "talk_id")
    Slot.objects.bulk_create(Slot(edition=Edition.LIVE, **fields) for fields in drafted)
    made = published_schedule.record(course, before, by=by, now=now, note=note)
    if not made.schedule and made.number == 1:
        raise DomainError("No talk has a place yet; nothing was released.")
    if not made.changes and made.number > 1:
        raise DomainError("The draft is what is published already; nothing was released.")
    swaps.supersede_stale(course, now)
    return made


def mark_seen(team: Team, *, by: Enrollment, number: int | None = None) -> None:
    teams.refuse_unless_of(team, by, "say that it has seen the schedule")
    last = latest(team.course)
    if last is None:
        raise DomainError("No schedule is published yet; nothing was changed.")
    seen = last.number if number is None else min(number, last.number)
    Team.objects.filter(pk=team.pk, seen_release__lt=seen).update(seen_release=seen)


def teams_that_have_not_seen(course: Course) -> list[Team]:
    """The teams whose talk is in the schedule and that have not said to have seen the latest release."""
    last = latest(course)
    if last is None:
        return []
    return list(course.teams.filter(presentations__slots__edition=Edition.LIVE, seen_release__lt=last.number))


# --- What is wrong with the draft -----------------------------------------------------------------
@dataclass(frozen=True)
class DraftFinding:
    message: str
    is_error: bool = False  # stops a release


def check_draft(course: Course, days: list[TalkDay] | None = None) -> list[DraftFinding]:
    """What is wrong, errors first; `days` are those of the draft, where the caller has them."""
    plan = plans.plan_of(course)
    days = schedule.days(course, Edition.DRAFT, plan) if days is None else days
    findings = [finding for day in days for finding in _check_day(day)]
    findings += [*_check_people(days), *_check_teams(course, plan, days), *_check_reviewed(course, days)]
    return sorted(findings, key=lambda finding: not finding.is_error)


def _check_day(day: TalkDay) -> Iterator[DraftFinding]:
    name = short_date(day.meeting.date)
    for earlier, later in pairwise(sorted(day.places, key=attrgetter("starts_at"))):
        if later.starts_at < earlier.ends_at:
            words = f"{later.talk.who} begins before {earlier.talk.who} ends; the slot is full."
            yield DraftFinding(f"{name}: {words}", is_error=True)
    if day.places and day.meeting.is_cancelled:
        yield DraftFinding(f"{name}: there is no class, and {len(day.places)} talks are planned.", is_error=True)
    if day.spent > day.budget:
        yield DraftFinding(f"{name}: {day.spent} minutes are planned; the class has {day.budget}.")
    for place in day.places:
        if place.slot.start and _is_outside(day.meeting, place):  # of the others the minutes say enough
            yield DraftFinding(f"{name}: {_outside(day.meeting, place)}")


def _is_outside(meeting: ClassMeeting, place: Place) -> bool:
    return place.starts_at < meeting.starts_at or place.ends_at > meeting.ends_at


def _outside(meeting: ClassMeeting, place: Place) -> str:
    hours = [place.starts_at, place.ends_at, meeting.starts_at, meeting.ends_at]
    start, end, begins, ends = (f"{at.astimezone(meeting.course.zone):%H:%M}" for at in hours)
    return f"{place.talk.who} is planned from {start} to {end}; class is from {begins} to {ends}."


def _check_people(days: list[TalkDay]) -> Iterator[DraftFinding]:
    for place, other in combinations(schedule.places(days), 2):
        both = {person.pk for person in place.people} & {person.pk for person in other.people}
        if both and place.starts_at < other.ends_at and other.starts_at < place.ends_at:
            names = ", ".join(person.user.name for person in place.people if person.pk in both)
            talks = f"{place.talk.who} and {other.talk.who}"
            yield DraftFinding(f"{names} would be in two talks at once: {talks}.", is_error=True)


def _check_teams(course: Course, plan: PresentationPlan, days: list[TalkDay]) -> Iterator[DraftFinding]:
    """Teams that are too small, have no talk in the schedule, or would present on a day they did not ask for."""
    placed = {place.talk.team_id: (day.meeting.date, place) for day in days for place in day.places}
    least, _ = plan.sizes
    for team in course.teams.all():
        if team.pk not in placed:
            yield DraftFinding(f"{team} has no place yet.")
            continue
        day, place = placed[team.pk]
        if len(place.people) < least:
            yield DraftFinding(f"{team} has {len(place.people)} of at least {least} people.", is_error=True)
        if team.preferred_days and day.isoformat() not in team.preferred_days:
            yield DraftFinding(f"{team} did not ask for {short_date(day)}.")


def _check_reviewed(course: Course, days: list[TalkDay]) -> Iterator[DraftFinding]:
    planned = {place.talk.pk: day.meeting.pk for day in days for place in day.places}
    for talk, slot in arranging.reviewed_slots(course).items():
        if planned.get(talk) != slot.meeting_id:
            yield DraftFinding(arranging.stays_where_reviewed(slot), is_error=True)


def check_classes(course: Course, published: list[TalkDay]) -> list[DraftFinding]:
    """Where a class names a team that presents on another day, in a fixed number of queries."""
    days_of: dict[int, set[date]] = {}
    for place in schedule.places(published):
        if place.talk.team:
            days_of.setdefault(place.talk.team.number, set()).add(place.slot.meeting.date)
    return [
        DraftFinding(_contradiction(meeting, what, team, days_of[team]))
        for meeting in course.meetings.held().prefetch_related("agenda").order_by("starts_at")
        for what, team in _teams_named(meeting)
        if team in days_of and meeting.date not in days_of[team]
    ]


def _teams_named(meeting: ClassMeeting) -> Iterator[tuple[str, int]]:
    texts = [("title", meeting.title), *(("agenda", line.text) for line in meeting.agenda.all())]
    for what, text in texts:
        yield from ((what, team) for team in published_schedule.teams_named(text))


def _contradiction(meeting: ClassMeeting, what: str, team: int, days: set[date]) -> str:
    on = " and ".join(short_date(day) for day in sorted(days))
    return f"The {what} of the class on {short_date(meeting.date)} names team {team}, which presents on {on}."
