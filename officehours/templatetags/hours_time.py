"""Office hours as people read them: from when to when, in the course's zone, and where."""

from datetime import time

from django import template

from courses.templatetags import course_time
from officehours.domain import occurrences
from officehours.domain.occurrences import Occurrence
from officehours.domain.polls import Window

register = template.Library()


@register.filter
def held_hours(one: Occurrence) -> str:
    """From when to when they are held: "2:30–3:30 pm PST"."""
    return course_time.hours((one.starts_at, one.ends_at), one.series.course)


@register.filter
def where(one: Occurrence) -> str:
    """Where they are held, and how unless in person: "HALL 2", "Online, HALL 2"."""
    return one.where(one.place)


@register.filter
def rule_hours(one: Occurrence) -> str:
    """From when to when they would be by the rule."""
    course = one.series.course
    return course_time.hours(occurrences.instants(one.on, one.series.start, one.series.end, course.zone), course)


@register.filter
def window_hours(window: Window) -> str:
    """From when to when a weekly time is, wherever the zone stands close by: "2:30–3:30 pm"."""
    return course_time.span(window.start, window.end)


@register.filter
def wall_clock(wall: time) -> str:
    """A time of day, wherever the zone stands close by: "2:30 pm"."""
    return course_time.hour(wall)
