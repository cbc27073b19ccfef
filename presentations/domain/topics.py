"""Papers and technologies: each is claimed by one team at most."""

import unicodedata

from django.db import IntegrityError, transaction

from accounts.errors import DomainError
from courses.domain import publishing
from courses.models import Course
from presentations.domain import plans
from presentations.models import PeerReview, Presentation, Team, Topic

TELLING = "+#*"  # C++ is not C#


def folded(title: str) -> str:
    """A title as it is compared: case, spaces and punctuation say nothing; signs and pictures do."""
    plain = unicodedata.normalize("NFKC", title.casefold())
    return " ".join("".join(c if _says(c) else " " for c in plain).split())[:300]


def _says(c: str) -> bool:
    return c in TELLING or unicodedata.category(c)[0] in "LNMS"


def suggest(course: Course, *, title: str, kind: str = "", url: str = "") -> Topic:
    """Offer a topic to all teams (staff). Raises DomainError if it is there."""
    publishing.check(title, url)
    _refuse_empty(title)
    try:
        with transaction.atomic():
            return Topic.objects.create(course=course, title=title, folded=folded(title), kind=kind, url=url)
    except IntegrityError:
        raise DomainError(f"“{title}” is on the list already.") from None


@transaction.atomic
def claim(topic: Topic, team: Team) -> None:
    """Make a topic this team's, as the list has it, and free the one it had. Asking twice changes nothing.

    Raises DomainError if another team was first.
    """
    _take(topic, team)
    _name(team, topic.title, topic.kind or team.kind)


@transaction.atomic
def propose(team: Team, *, title: str, kind: str | None = None) -> Topic:
    """Claim a topic by its title: one on the list, or an idea of one's own; the team's spelling and kind hold."""
    publishing.check(title)
    _refuse_empty(title)
    plans.lock_schedule(team.course)
    title = title.strip()
    topic, _ = Topic.objects.get_or_create(
        course=team.course,
        folded=folded(title),
        defaults={"title": title, "kind": kind or "", "is_suggested": False},
    )
    _take(topic, team)
    kind = topic.kind or team.kind if kind is None else kind
    own = Topic.objects.filter(pk=topic.pk, is_suggested=False)
    own.update(title=title, kind=kind)
    _name(team, title, kind or (topic.kind if topic.is_suggested else ""))
    topic.refresh_from_db()
    return topic


def _take(topic: Topic, team: Team) -> None:
    """In turn for the whole course: a title may also be a team's without standing on the list."""
    plans.lock_schedule(team.course)
    others = Team.objects.filter(course=team.course_id).exclude(pk=team.pk)
    holder = next((other for other in others if other.title and folded(other.title) == topic.folded), None)
    topic.refresh_from_db()
    if topic.claimed_by_id not in (None, team.pk):
        holder = topic.claimed_by
    if holder:
        raise DomainError(f"“{topic.title}” was just claimed by {holder}. Choose another one.")
    Topic.objects.filter(claimed_by=team).exclude(pk=topic.pk).update(claimed_by=None)
    Topic.objects.filter(pk=topic.pk).update(claimed_by=team)
    topic.refresh_from_db()


def _name(team: Team, title: str, kind: str) -> None:
    """Say what a team presents; its talk says the same, until it was reviewed as what it was."""
    Team.objects.filter(pk=team.pk).update(title=title, kind=kind)
    reviewed = PeerReview.objects.submitted().filter(presentation__team=team)
    Presentation.objects.filter(team=team).exclude(pk__in=reviewed.values("presentation")).update(
        title=title, kind=kind
    )
    team.refresh_from_db()


def _refuse_empty(title: str) -> None:
    if not folded(title):
        raise DomainError("A topic needs a title; nothing was changed.")
