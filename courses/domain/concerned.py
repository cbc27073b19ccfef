"""Whom a letter of a course still concerns when its turn comes."""

from courses.models import Enrollment
from mail.models import Message


def is_enrolled(message: Message) -> bool:
    """Whether the recipient is still in the course that the letter comes from; true for a letter of no course."""
    if not message.course_slug:
        return True
    active = Enrollment.objects.active()
    return active.filter(course__slug=message.course_slug, user=message.recipient_id).exists()
