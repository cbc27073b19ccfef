from datetime import time

from django import template

from courses.templatetags import course_time
from officehours.domain.polls import PollWindow
from officehours.models import OfficeHours
from officehours.models.hours import instants

register = template.Library()


@register.filter
def held_hours(hours: OfficeHours) -> str:
    """From when to when they take place: "2:30–3:30 pm PST"."""
    return course_time.hours((hours.starts_at, hours.ends_at), hours.course)


@register.filter
def rule_hours(hours: OfficeHours) -> str:
    rule = instants(hours.on, hours.rule_start, hours.rule_end, hours.course.zone)
    return course_time.hours(rule, hours.course)


@register.filter
def window_hours(window: PollWindow) -> str:
    """From when to when a weekly time is, wherever the zone stands close by: "2:30–3:30 pm"."""
    return course_time.span(window.start, window.end)


@register.filter
def wall_clock(wall: time) -> str:
    return course_time.hour(wall)
