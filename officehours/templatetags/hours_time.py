"""Office hours as people read them: from when to when, in the course's zone."""

from django import template

from courses.templatetags import course_time
from officehours.domain import occurrences
from officehours.domain.occurrences import Occurrence

register = template.Library()


@register.filter
def held_hours(one: Occurrence) -> str:
    """From when to when they are held: "2:30–3:30 pm PST"."""
    return course_time.hours((one.starts_at, one.ends_at), one.series.course)


@register.filter
def rule_hours(one: Occurrence) -> str:
    """From when to when they would be by the rule."""
    course = one.series.course
    return course_time.hours(occurrences.instants(one.on, one.series.start, one.series.end, course.zone), course)
