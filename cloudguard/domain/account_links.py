from datetime import date, datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.views.decorators.debug import sensitive_variables

from accounts.errors import DomainError
from cloudguard.domain import aws_roles
from cloudguard.models import AccountLink, Finding
from courses.domain import calendar
from courses.models import Course, Enrollment
from mail.domain import outbox

State = AccountLink.State
KIND = "guard"  # of its letters
KEPT_AFTER_COURSE = timedelta(days=14)
KEPT_UNFINISHED = timedelta(days=14)
LETTERS_KEPT = timedelta(days=30)
OFF = "The guard is off here: the portal has no AWS credentials of its own. Nothing was changed."
ELSEWHERE = "This role is linked already. Each link needs a role of its own: make one from your template."


def link_of(person: Enrollment) -> AccountLink | None:
    return AccountLink.objects.filter(enrollment=person).select_related("enrollment__course").first()


def is_offered(person: Enrollment) -> bool:
    """Whether the guard is spoken of to someone: it is on, or a link of theirs is still to be revoked."""
    return aws_roles.is_on() or link_of(person) is not None


def is_over(course: Course, now: datetime) -> bool:
    return calendar.local_date(course, now) > course.ends_on + KEPT_AFTER_COURSE


def begin(person: Enrollment, *, now: datetime) -> AccountLink:
    """Record a student's consent and make their external id; asking again gives the same."""
    if not aws_roles.is_on():
        raise DomainError(OFF)
    if person.is_staff:
        raise DomainError("The guard is for students of the course; nothing was begun.")
    if is_over(person.course, now):
        raise DomainError("The course is over, so nothing was begun.")
    fresh = {"external_id": aws_roles.new_external_id(), "consented_at": now}
    link, _ = AccountLink.objects.get_or_create(enrollment=person, defaults=fresh)
    return link


@sensitive_variables()
def link_role(link: AccountLink, typed: str, *, now: datetime) -> None:
    """Link the role that a student's stack made, after trying it without and with a wrong external id.

    Raises DomainError; then nothing is linked.
    """
    if not aws_roles.is_on():
        raise DomainError(OFF)
    arn = aws_roles.checked_arn(typed)
    if AccountLink.objects.filter(role_arn__iexact=arn).exclude(pk=link.pk).exists():
        raise DomainError(ELSEWHERE)
    aws_roles.prove(arn, link.external_id)
    mine = AccountLink.objects.filter(pk=link.pk, external_id=link.external_id)
    fresh: dict[str, object] = {
        "swept_on": None,
        "sweeping_on": None,
        "regions_left": [],
        "blind_spots": [],
        "busy_until": None,
    }
    try:
        with transaction.atomic():
            if not mine.update(role_arn=arn, state=State.LINKED, linked_at=now, **fresh):
                raise DomainError("You revoked the link meanwhile, so nothing was linked. Begin anew.")
            Finding.objects.filter(link=link.pk).delete()
    except IntegrityError:
        raise DomainError(ELSEWHERE) from None


def snooze(what: AccountLink | Finding, until: date | None, *, now: datetime) -> None:
    """Write no letter about this up to and with a day; without one, write again from now on."""
    course = (what.enrollment if isinstance(what, AccountLink) else what.link.enrollment).course
    if until is not None and not calendar.local_date(course, now) <= until <= course.ends_on + KEPT_AFTER_COURSE:
        raise DomainError(f"Snooze until a day from today to {calendar.long_date(course.ends_on + KEPT_AFTER_COURSE)}.")
    type(what).objects.filter(pk=what.pk).update(snoozed_until=until)


@transaction.atomic
def revoke(link: AccountLink) -> None:
    """Erase a link: its role, its external id, all that was found, and the words of its letters."""
    outbox.withdraw(KIND, key=f"guard:{link.pk}:", to=link.enrollment.user_id)
    AccountLink.objects.filter(pk=link.pk).delete()


def forget_due(now: datetime) -> int:
    """Erase the links of those who left their course, of courses that are over, and what was begun and left lying."""
    old = Q(state=State.STARTED, consented_at__lt=now - KEPT_UNFINISHED)
    ended = Q(enrollment__course__ends_on__lt=now.date() - KEPT_AFTER_COURSE - timedelta(days=1))
    alive = AccountLink.objects.alive().values("pk")
    due = AccountLink.objects.filter(old | ended | ~Q(pk__in=alive)).select_related("enrollment")
    for link in (links := list(due)):
        revoke(link)
    outbox.erase_words(KIND, before=now - LETTERS_KEPT)
    return len(links)
