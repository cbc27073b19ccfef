from datetime import datetime

from django.db import transaction
from django.utils.html import strip_tags

from accounts.errors import DomainError
from accounts.models import User
from courses.domain import letters, publishing
from courses.models import Announcement, Course
from mail.domain import markdown


def write_announcement(course: Course, *, title: str, text: str, by: User, now: datetime) -> Announcement:
    """A new draft, for staff's eyes only until it is posted. Raises DomainError for what nobody may be told."""
    publishing.check(_all_ways(title, text))
    return Announcement.objects.create(course=course, title=title, text=text, author=by, created_at=now)


def edit_announcement(announcement: Announcement, *, title: str, text: str, now: datetime) -> None:
    """Change an announcement; one that is posted is marked as edited and mails nobody again.

    Raises DomainError if it would then hold what must not be told.
    """
    if (announcement.title, announcement.text) == (title, text):
        return
    publishing.check(_all_ways(title, text))
    if announcement.posted_at:
        announcement.edited_at = now
    announcement.title, announcement.text = title, text
    announcement.save(update_fields=["title", "text", "edited_at"])


def delete_draft(announcement: Announcement) -> None:
    """Throw a draft away. Raises DomainError for one that went out."""
    deleted, _ = Announcement.objects.filter(pk=announcement.pk, posted_at=None).delete()
    if not deleted:
        raise DomainError("This announcement is posted and mailed; it stays. You can still edit it.")


def _all_ways(title: str, text: str) -> str:
    """An announcement as it was typed, as its page shows it and as its letter says it."""
    shown = markdown.render_for_mail(text)
    return "\n".join((title, text, strip_tags(shown), markdown.as_plain_text(text)))


@transaction.atomic
def post_announcement(announcement: Announcement, *, now: datetime) -> int:
    """Show an announcement to the course and write one letter to each person; how many were written.

    However often it is asked, it is posted once. Raises DomainError if its text must not be told.
    """
    publishing.check(_all_ways(announcement.title, announcement.text))
    if not Announcement.objects.filter(pk=announcement.pk, posted_at=None).update(posted_at=now):
        return 0
    announcement.posted_at = now
    return letters.post_to(
        announcement.course,
        "announcement",
        people=announcement.course.enrollments.active().select_related("user"),
        key=f"announcement:{announcement.pk}",
        kind="announcement",
        now=now,
        thread=f"announcement:{announcement.pk}",
        announcement=announcement,
    )
