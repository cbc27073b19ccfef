"""Talks and their places as words."""

from datetime import date
from typing import Any

from django import template

from presentations.domain import feedback, plans, reviews
from presentations.models import PeerReview, ReviewPlan

register = template.Library()


@register.filter
def spot(place: dict[str, Any]) -> str:
    """A place of a release: "Thu Dec 7, talk 2, 4:00 pm"."""
    hour, minute = (int(part) for part in place["start"].split(":"))
    clock = f"{hour % 12 or 12}:{minute:02} {'pm' if hour >= 12 else 'am'}"
    return f"{spot_day(place)}, talk {place['order']}, {clock}"


@register.filter
def spot_day(place: dict[str, Any]) -> str:
    """The day of a place of a release: "Thu Dec 7"."""
    day = date.fromisoformat(place["date"])
    return f"{day:%a %b} {day.day}"


@register.filter
def short_day(place: dict[str, Any]) -> str:
    """The day of a place of a release, shorter: "Dec 7"."""
    day = date.fromisoformat(place["date"])
    return f"{day:%b} {day.day}"


@register.filter
def wording(review: PeerReview, key: str) -> str:
    return feedback.wording(review, key)


@register.filter
def scores_in_words(review: PeerReview, plan: ReviewPlan) -> list[str]:
    """The scores of a review as staff read them: "content 4"."""
    return reviews.in_words(review, plan)


@register.filter
def version(shown: object) -> str:
    """The mark of what a form shows."""
    return plans.edit_token(shown)
