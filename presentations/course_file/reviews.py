from collections.abc import Iterator
from datetime import datetime
from typing import Any

from courses.domain.course_plan import CourseTree, Plan, Problem, Tree, applying, compare
from courses.domain.course_schema import (
    KEY,
    NAME200,
    SECTION,
    TIME,
    RowFields,
    block,
    enum,
    flag,
    listing,
    text,
    whole,
)
from courses.models import Course
from presentations.domain import rubric
from presentations.models import ReviewPlan, ReviewRule
from questionnaires.questions import counted_kinds, with_kinds

CRITERION: dict[str, Any] = dict(block("key label", key=KEY, label=NAME200, kind=enum(default="scale")))
with_kinds(CRITERION, counted_kinds())
COMMENT = block("key prompt", key=KEY, prompt=text(300, shortest=1), required=flag(False))
RULE = block(
    "section",
    section=SECTION,
    required_per_day=whole(0, 100, default=1),
    extra_reviews=text(60),
    exempt_on_own_day=flag(False),
)
DUE = block(after=enum("meeting", default="meeting"), days=whole(0, 60), at=TIME)
BLOCK = block(
    due=DUE,
    criteria=listing(CRITERION, key="key", longest=50, whole=True),
    comments=listing(COMMENT, key="key", longest=50, whole=True),
    rules=listing(RULE, key="section", longest=100),
)
SCHEMA = {"peer_reviews": BLOCK}
ASKED = RowFields(BLOCK, "criteria comments")
DUE_FIELDS = RowFields(DUE, days="due_days", at="due_time")
OWED = RowFields(RULE, "required_per_day extra_reviews", exempt_on_own_day="is_exempt_on_own_day")


def check(tree: CourseTree) -> Iterator[Problem]:
    asked = tree.get("peer_reviews", {})
    for name, n, below, message in rubric.problems(asked.get("criteria", []), asked.get("comments", [])):
        yield Problem(("peer_reviews", name, n, *below), message)


def plan(course: Course, tree: CourseTree, now: datetime, *, also_agreed: bool = False) -> Plan:
    before = export(course) if course.pk else {}
    return compare(course, tree, now, schema=SCHEMA, before=before, also_agreed=also_agreed)


def apply(plan: Plan) -> None:
    """Raises DomainError for other criteria than the reviews that were handed in have answered."""
    course, entry = plan.course, plan.after["peer_reviews"]
    review_plan = ReviewPlan.objects.filter(course=course).first() or ReviewPlan(course=course)
    with applying("peer_reviews", "criteria"):
        rubric.refuse_if_locked(review_plan, entry.get("criteria", []), entry.get("comments", []))
    review_plan.has_due = "due" in entry
    for name, value in {**ASKED.values(entry), **DUE_FIELDS.values(entry.get("due", {}))}.items():
        setattr(review_plan, name, value)
    review_plan.save()
    sections = {section.code: section for section in course.sections.all()}
    for position, rule in enumerate(entry.get("rules", []), start=1):
        fields = {"position": position, **OWED.values(rule)}
        ReviewRule.objects.update_or_create(section=sections[rule["section"]], defaults=fields)


def export(course: Course) -> Tree:
    review_plan = ReviewPlan.objects.filter(course=course).first()
    if review_plan is None:
        return {}
    rules = ReviewRule.objects.filter(section__course=course).select_related("section")
    block: Tree = {
        **({"due": {"after": "meeting", **DUE_FIELDS.entry(review_plan)}} if review_plan.has_due else {}),
        **ASKED.entry(review_plan),
        "rules": [{"section": rule.section.code, **OWED.entry(rule)} for rule in rules],
    }
    return {"peer_reviews": {key: value for key, value in block.items() if value != []}}
