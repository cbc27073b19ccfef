"""From draft to published: a Release freezes the schedule, says what changed, and tells those whose talk changed."""

from datetime import datetime

from django.db import transaction

from accounts.errors import DomainError
from accounts.models import User
from courses.domain import publishing
from courses.models import Course, Enrollment
from presentations.domain import arranging, plans, published_schedule, schedule, swaps, teams
from presentations.domain.published_schedule import Change
from presentations.models import Release, Slot, Team

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
    errors = [finding.message for finding in arranging.check_draft(course) if finding.is_error]
    if errors:
        raise DomainError(f"Nothing was released: {' '.join(errors)}")
    course.slots.live().delete()
    Slot.objects.bulk_create(_copy(slot, Edition.LIVE) for slot in course.slots.draft())
    made = published_schedule.record(course, before, by=by, now=now, note=note)
    if not made.schedule and made.number == 1:
        raise DomainError("No talk has a place yet; nothing was released.")
    if not made.changes and made.number > 1:
        raise DomainError("The draft is what is published already; nothing was released.")
    swaps.supersede_stale(course, now)
    return made


def _copy(slot: Slot, edition: str) -> Slot:
    fields = ("course_id", "meeting_id", "order", "start", "minutes", "talk_id")
    return Slot(edition=edition, **{name: getattr(slot, name) for name in fields})


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
