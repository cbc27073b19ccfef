"""Papers and technologies: each is claimed by one team at most."""

from django.db import IntegrityError, transaction

from accounts.errors import RuleBroken
from courses.models import Course
from presentations.models import Team, Topic


def folded(title: str) -> str:
    """A title as it is compared: case, spaces and punctuation say nothing."""
    return " ".join("".join(c if c.isalnum() else " " for c in title.casefold()).split())[:300]


def suggest(course: Course, *, title: str, kind: str = "", url: str = "") -> Topic:
    """Offer a topic to all teams (staff). Raises RuleBroken if it is there."""
    try:
        with transaction.atomic():
            return Topic.objects.create(course=course, title=title, folded=folded(title), kind=kind, url=url)
    except IntegrityError:
        raise RuleBroken(f"“{title}” is on the list already.") from None


@transaction.atomic
def claim(topic: Topic, team: Team) -> None:
    """Make a topic this team's, and free the one it had. Asking twice changes nothing.

    Raises RuleBroken if another team was first.
    """
    Topic.objects.filter(claimed_by=team).exclude(pk=topic.pk).update(claimed_by=None)
    if not Topic.objects.filter(pk=topic.pk, claimed_by=None).update(claimed_by=team):
        topic.refresh_from_db()
        if topic.claimed_by_id != team.pk:
            holder = topic.claimed_by
            raise RuleBroken(f"“{topic.title}” was just claimed by {holder or 'another team'}. Choose another one.")
    Team.objects.filter(pk=team.pk).update(title=topic.title, kind=topic.kind or team.kind)
    topic.refresh_from_db()
    team.refresh_from_db()


@transaction.atomic
def propose(team: Team, *, title: str, kind: str = "") -> Topic:
    """Claim a topic by its title: one on the list, or an idea of one's own."""
    if not folded(title):
        raise RuleBroken("A topic needs a title; nothing was changed.")
    topic, _ = Topic.objects.get_or_create(
        course=team.course,
        folded=folded(title),
        defaults={"title": title.strip(), "kind": kind, "is_suggested": False},
    )
    claim(topic, team)
    return topic
