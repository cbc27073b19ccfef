"""The guard's letters to the one student whom they concern: what runs, once a night; and, once, that it cannot look."""

from datetime import date, datetime, time, timedelta

from cloudguard.domain import costs, running
from cloudguard.domain.account_links import KIND
from cloudguard.models import AccountLink
from courses.domain import calendar
from mail.domain import outbox
from mail.models import Message

HOUR = time(2)  # course time; a night's sweep begins then, and a letter of the night before is old


def tell_running(link: AccountLink, night: date, *, now: datetime) -> bool:
    """Post the letter of a night; none if nothing runs, or all of it is snoozed. Whether one was written.

    It names no machine: a mailbox is no place for that, the page is.
    """
    bill = running.awake(link, night)
    if not bill.lines or _is_asleep(link, night):
        return False
    expires_at = calendar.instant(link.enrollment.course, night + timedelta(days=1), HOUR)
    blind = running.blind_words(link)
    key = f"guard:{link.pk}:{night}"
    return _post(link, "guard_running", key, now, expires_at, bill=bill, blind=blind, rule=costs.RULE)


def tell_trouble(link: AccountLink, *, now: datetime) -> bool:
    key = f"guard:{link.pk}:{link.state}:{now:%Y%m%d%H%M%S}"
    return _post(link, "guard_stopped", key, now, None, is_open=link.state == AccountLink.State.OPEN)


def _post(
    link: AccountLink, letter: str, key: str, now: datetime, expires_at: datetime | None, **words: object
) -> bool:
    """Not a letter of the course: those its staff could count."""
    course = link.enrollment.course
    message = outbox.post(
        letter,
        to=link.enrollment.user,
        key=key,
        kind=KIND,
        sender_name=course.code,
        zone=course.timezone,
        now=now,
        thread=f"guard-{link.pk}",
        expires_at=expires_at,
        course=course,
        **words,
    )
    return message is not None


def _is_asleep(link: AccountLink, day: date) -> bool:
    return link.snoozed_until is not None and link.snoozed_until >= day


def is_still_wanted(message: Message) -> bool:
    """Whether a letter of the guard still has its link, of a student still in the course; true for all others."""
    if message.kind != KIND:
        return True
    pk, *_ = message.key.removeprefix("guard:").split(":")
    return AccountLink.objects.alive().filter(pk=pk, enrollment__user=message.recipient_id).exists()
