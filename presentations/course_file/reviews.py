"""The block `peer_reviews`: what a review asks, until when, and what each section owes."""

from collections.abc import Iterator
from typing import Any

from courses.course_file.rules import unknown_sections
from courses.domain.course_plan import CourseTree, Plan, Problem, applying
from courses.domain.course_schema import (
    KEY,
    NAME60,
    NAME200,
    TIME,
    block,
    enum,
    flag,
    listing,
    text,
    time_of,
    whole,
)
from courses.models import Course
from presentations.domain import rubric
from presentations.models import ReviewPlan, ReviewRule
from questionnaires.questions import counted_kinds, with_kinds

Tree = dict[str, Any]
CRITERION: dict[str, Any] = dict(block("key label", key=KEY, label=NAME200, kind=enum(default="scale")))
with_kinds(CRITERION, counted_kinds())
COMMENT = block("key prompt", key=KEY, prompt=text(300, shortest=1), required=flag(False))
RULE = block(
    "section",
    section=NAME60,
    required_per_day=whole(0, 100, default=1),
    extra_reviews=text(60),
    exempt_on_own_day=flag(False),
)
SCHEMA = block(
    due=block(after=enum("meeting", default="meeting"), days=whole(0, 60), at=TIME),
    criteria=listing(CRITERION, key="key", longest=50, whole=True),
    comments=listing(COMMENT, key="key", longest=50, whole=True),
    rules=listing(RULE, key="section", longest=100),
)


def check(tree: CourseTree) -> Iterator[Problem]:
    """Each criterion and comment has a key of its own and says what its kind needs; a rule is for a section."""
    asked = tree.get("peer_reviews", {})
    for name, n, below, message in rubric.problems(asked.get("criteria", []), asked.get("comments", [])):
        yield Problem(("peer_reviews", name, n, *below), message)
    rules = enumerate(asked.get("rules", []))
    yield from unknown_sections(tree, ((("peer_reviews", "rules", n, "section"), rule["section"]) for n, rule in rules))


def apply(plan: Plan) -> None:
    """Ask so. Raises DomainError for other criteria than the reviews that were handed in have answered."""
    entry = plan.after["peer_reviews"]
    review_plan = ReviewPlan.objects.filter(course=plan.course).first() or ReviewPlan(course=plan.course)
    with applying("peer_reviews", "criteria"):
        rubric.refuse_if_locked(review_plan, entry.get("criteria", []), entry.get("comments", []))
    due = entry.get("due", {})
    review_plan.has_due, review_plan.due_days = "due" in entry, due.get("days")
    review_plan.due_time = time_of(due["at"]) if "at" in due else None
    review_plan.criteria, review_plan.comments = entry.get("criteria"), entry.get("comments")
    review_plan.save()
    sections = {section.code: section for section in plan.course.sections.all()}
    for position, rule in enumerate(entry.get("rules", []), start=1):
        fields = {
            "position": position,
            "required_per_day": rule["required_per_day"],
            "extra_reviews": rule.get("extra_reviews"),
            "is_exempt_on_own_day": rule["exempt_on_own_day"],
        }
        ReviewRule.objects.update_or_create(section=sections[rule["section"]], defaults=fields)


def standing(course: Course) -> Tree | None:
    """The block as it stands; none for a course without peer reviews."""
    review_plan = ReviewPlan.objects.filter(course=course).first()
    if review_plan is None:
        return None
    due: Tree = {"after": "meeting", "days": review_plan.due_days}
    due["at"] = f"{review_plan.due_time:%H:%M}" if review_plan.due_time else None
    rules = ReviewRule.objects.filter(section__course=course).select_related("section")
    asked: Tree = {
        "due": {key: value for key, value in due.items() if value is not None} if review_plan.has_due else None,
        "criteria": review_plan.criteria,
        "comments": review_plan.comments,
        "rules": [_rule(rule) for rule in rules],
    }
    return {key: value for key, value in asked.items() if value is not None}


def _rule(rule: ReviewRule) -> Tree:
    return {
        "section": rule.section.code,
        "required_per_day": rule.required_per_day,
        **({"extra_reviews": rule.extra_reviews} if rule.extra_reviews is not None else {}),
        "exempt_on_own_day": rule.is_exempt_on_own_day,
    }
