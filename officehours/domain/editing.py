"""What staff do to office hours, and what would follow: rehearsed by doing it, and taking it back."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from django.db import transaction

from accounts.errors import DomainError
from courses.domain import ical, publishing
from courses.domain import letters as course_letters
from courses.models import Course, Enrollment
from mail.domain import outbox
from mail.models import Message
from officehours.domain import clashes, following, letters, occurrences, series, slots, told
from officehours.domain.clashes import Clash
from officehours.domain.occurrences import Occurrence, monday
from officehours.domain.recipients import Recipients
from officehours.domain.terms import Held, terms_of
from officehours.models import HoursSeries


class Scope(StrEnum):
    """Which dates a change is for."""

    THIS = "this"
    FROM = "from"
    TO_COME = "to_come"


@dataclass(frozen=True)
class Edit:
    """A change of office hours, seen from one date of the rule; without `held` they are not held."""

    series_pk: int
    on: date
    scope: Scope
    held: Held | None
    title: str = ""
    reason: str = ""
    may_displace: bool = False


@dataclass(frozen=True)
class Changed:
    """One date before and after a change; None where it is none."""

    before: Occurrence | None
    after: Occurrence | None


@dataclass(frozen=True)
class Consequences:
    """What an edit does: which dates change, who gets which letters, and what lies over what."""

    dates: list[Changed]
    mailed: Recipients
    host: Enrollment | None  # who gets a letter too, if another does it
    clashes: list[Clash]
    fingerprint: str  # of all of it, and of who gets a letter


@transaction.atomic
def apply(course: Course, edit: Edit, *, by: Enrollment, seen: str, now: datetime) -> Consequences | None:
    """Do it, if what follows is what was `seen` (its fingerprint); else do nothing, and say what would follow now.

    The host is told of what others did to their hours.

    Raises DomainError with the reason if a rule says no; then nothing is changed.
    """
    publishing.check(edit.title, edit.reason, *((edit.held.place, edit.held.url) if edit.held else ()))
    slots.lock(course)
    found = rehearse(course, edit, now=now)
    if found.fingerprint != seen:
        return found
    _verb(course, edit, now)()
    _tell_host(
        course, edit.series_pk, edit.on, found.dates, by=by, reason=edit.reason, is_told=bool(found.mailed), now=now
    )
    return None


@transaction.atomic
def restore(one: HoursSeries, on: date, *, by: Enrollment, now: datetime) -> int:
    """Hold one date after all; whose booking fell with it can book again, and is told. How many letters to students.

    The host is told if others do it. Doing it twice is doing it once.
    """
    before = series.on_rule(one, on)
    series.restore_date(one, on, now=now)
    changed = Changed(before, series.on_rule(one, on))
    told_students = following.tell_held_after_all(series.on_rule(one, on), now)
    dates = [changed] if _said(changed.before) != _said(changed.after) else []
    _tell_host(one.course, one.pk, on, dates, by=by, reason="", is_told=bool(told_students), now=now)
    return told_students


def _tell_host(
    course: Course,
    series_pk: int,
    on: date,
    dates: list[Changed],
    *,
    by: Enrollment,
    reason: str,
    is_told: bool,
    now: datetime,
) -> None:
    """Write to the host of hours that somebody else changed, and whether students are told; not if no date changed."""
    host = _host(course, series_pk, dates)
    held = [one for pair in dates for one in (pair.before, pair.after) if one]
    course_letters.post_to(
        course,
        "hours_changed",
        people=[host] if host and host != by else [],
        key=f"hours-{series_pk}:{on}:{now:%Y%m%d%H%M%S%f}",
        kind=letters.KIND,
        now=now,
        is_urgent=any(ical.is_close(one.starts_at, now, end=one.ends_at) for one in held),
        dates=dates,
        by=by,
        reason=reason,
        is_told=is_told,
    )


def _host(course: Course, series_pk: int, dates: list[Changed]) -> Enrollment | None:
    """To whom a change of these dates is written, unless they made it: the host, while on the staff."""
    staff = course.enrollments.staff().filter(user__hours_series=series_pk)
    return staff.select_related("user").first() if dates else None


def rehearse(course: Course, edit: Edit, *, now: datetime) -> Consequences:
    """What doing it would change. Raises DomainError as doing it would."""
    before = occurrences.by_uid(course)
    with transaction.atomic(), outbox.one_run() as posted:
        _verb(course, edit, now)()
        after = occurrences.by_uid(course)
        dates = _differences(before, after, now)
        lies_over = clashes.of_dates([pair.after for pair in dates if pair.after], now)
        mailed = Recipients.of(course, posted)
        whom = sorted(Message.objects.filter(pk__in=posted).values_list("recipient", "kind", "subject"))
        transaction.set_rollback(True)
    said = [(_said(pair.before), _said(pair.after)) for pair in dates]
    host = _host(course, edit.series_pk, dates)
    return Consequences(dates, mailed, host, lies_over, told.digest(said, whom, len(lies_over)))


def _verb(course: Course, edit: Edit, now: datetime) -> Callable[[], object]:
    one = course.hours_series.get(pk=edit.series_pk)
    held = edit.held
    if held is None:
        if edit.scope == Scope.THIS:
            return lambda: series.cancel_date(one, edit.on, reason=edit.reason, now=now)
        return lambda: series.end_before(one, edit.on, reason=edit.reason, now=now)
    if edit.scope == Scope.THIS:
        return lambda: series.change_date(
            one, edit.on, held, reason=edit.reason, now=now, may_displace=edit.may_displace
        )
    return lambda: _change_many(one, edit, held, now)


def _change_many(one: HoursSeries, edit: Edit, held: Held, now: datetime) -> None:
    typed = _typed(series.on_rule(one, edit.on), held)
    if "weekday" in typed and monday(held.date) != monday(edit.on):
        raise DomainError("To change more than one date, choose a day of the same week; each date moves to that day.")
    if edit.title != one.title:
        series.rename(one, edit.title, now=now)
    terms = replace(terms_of(one), **typed)
    options: dict[str, Any] = {
        "now": now, "typed": typed, "may_displace": edit.may_displace, "reason": edit.reason
    }  # fmt: skip
    if edit.scope == Scope.TO_COME:
        series.change_to_come(one, terms, seen_from=edit.on, **options)
    else:
        series.change_from(one, edit.on, terms, **options)


def _typed(shown: Occurrence, held: Held) -> dict[str, Any]:
    """What was typed otherwise than the form showed it: how that one date is held, not what its series says."""
    typed: dict[str, Any] = {"weekday": held.date.weekday()} if held.date != shown.date else {}
    if (held.start, held.end) != (shown.start, shown.end):
        typed |= {"start": held.start, "end": held.end}
    return typed | {
        name: getattr(held, name) for name in ("mode", "place", "url") if getattr(held, name) != getattr(shown, name)
    }


def _differences(before: dict[str, Occurrence], after: dict[str, Occurrence], now: datetime) -> list[Changed]:
    """Which dates are held otherwise, or told so; what is over was as it was."""
    pairs = [Changed(before.get(uid), after.get(uid)) for uid in sorted(before.keys() | after.keys())]
    changed = [pair for pair in pairs if _said(pair.before) != _said(pair.after) and not _is_over(pair, now)]
    return sorted(changed, key=lambda pair: (pair.before or pair.after).starts_at)  # type: ignore[union-attr]


def _is_over(pair: Changed, now: datetime) -> bool:
    return all(one.is_over(now) for one in (pair.before, pair.after) if one)


def _said(one: Occurrence | None) -> tuple[object, ...]:
    return (one.date, told.content_of(one)) if one else ()
