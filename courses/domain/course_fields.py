"""What a course is called and when it runs."""

from datetime import datetime
from typing import Any

from django.db import transaction

from courses.domain import publishing, weekly_rule
from courses.models import Course

RULE = ("meetings_first_on", "meetings_last_on")


@transaction.atomic
def change_course(course: Course, *, now: datetime, **fields: Any) -> None:
    """Change fields of a course; classes to come follow its dates and its zone.

    Raises DomainError for another time zone once a class was held.
    """
    publishing.check(*publishing.texts_in(fields))
    changed = {name: value for name, value in fields.items() if getattr(course, name) != value}
    zone = changed.pop("timezone", None)
    if zone:
        weekly_rule.change_zone(course, zone, now=now)
    for name, value in changed.items():
        setattr(course, name, value)
    course.save(update_fields=list(changed))
    if any(name in changed for name in RULE):
        weekly_rule.follow_rule(course, now=now)
