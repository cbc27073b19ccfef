from collections.abc import Iterator
from datetime import datetime
from typing import Any

from courses.domain.course_plan import CourseTree, Plan, Problem, Tree, applying, compare, left_alone
from courses.domain.course_schema import POINTS, TIME, RowFields, Schema, block, enum, flag, listing, text, whole
from courses.models import Course
from feedback.domain import plans
from feedback.models import Survey, SurveyPlan
from questionnaires.questions import all_kinds, problems, with_kinds

QUESTION: dict[str, Any] = dict(
    block(
        "key kind prompt",
        key=text(40, spelled="question-key"),
        kind=enum(),
        prompt=text(300, shortest=1),
        required=flag(True),
        points=POINTS,
    )
)
with_kinds(QUESTION, all_kinds())
DUE = block(
    default={"before": "next meeting", "days": 1, "at": "20:59"},
    before=enum("next meeting", default="next meeting"),
    days=whole(0, 30, default=1),
    at={**TIME, "default": "20:59"},
)
REMINDER = block(default={"days": 0, "at": "09:00"}, days=whole(0, 30, default=0), at={**TIME, "default": "09:00"})
SCHEMA: dict[str, Schema] = {
    "daily_survey": block(
        "questions",
        title=text(200, shortest=1, default="Daily feedback survey"),
        points={**POINTS, "default": "1"},
        extra_credit=flag(False),
        opens=enum("class end", default="class end"),
        due=DUE,
        closes=enum("course end", "next meeting", default="course end"),
        reminder=REMINDER,
        questions=listing(QUESTION, key="key", shortest=1, longest=20, whole=True),
    )
}

SURVEY = RowFields(SCHEMA["daily_survey"], "title points opens closes", extra_credit="is_extra_credit")
DUE_FIELDS = RowFields(DUE, days="due_days", at="due_time")
REMINDER_FIELDS = RowFields(REMINDER, days="reminder_days", at="reminder_time")


def check(tree: CourseTree) -> Iterator[Problem]:
    for n, question in enumerate(tree.get("daily_survey", {}).get("questions", [])):
        for below, message in problems(question):
            yield Problem(("daily_survey", "questions", n, *below), message)


def plan(course: Course, tree: CourseTree, now: datetime, *, also_agreed: bool = False) -> Plan:
    """The plan for the survey; open surveys that someone has answered keep their questions."""
    before = export(course) if course.pk else {}
    made = compare(course, tree, now, schema=SCHEMA, before=before, also_agreed=also_agreed)
    if made.touches("daily_survey", "questions") and course.pk:
        for survey in Survey.objects.unfrozen().filter(course=course).select_related("meeting"):
            if plans.is_locked(survey):
                made.changes.append(left_alone(("surveys", survey.meeting.date.isoformat()), "someone has answered it"))
    return made


def apply(plan: Plan) -> None:
    """Ask so after every class; open surveys that nobody has answered follow."""
    entry = plan.after["daily_survey"]
    asks_otherwise = entry["questions"] != plan.before.get("daily_survey", {}).get("questions")
    with applying("daily_survey", "questions"):
        plans.change(
            plans.plan_of(plan.course),
            now=plan.now,
            questions=entry["questions"] if asks_otherwise else None,
            **SURVEY.values(entry),
            **DUE_FIELDS.values(entry["due"]),
            **REMINDER_FIELDS.values(entry["reminder"]),
        )


def export(course: Course) -> Tree:
    survey = SurveyPlan.objects.filter(course=course).first()
    if survey is None or not survey.questions:
        return {}
    block = {
        **SURVEY.entry(survey),
        "due": {"before": "next meeting", **DUE_FIELDS.entry(survey)},
        "reminder": REMINDER_FIELDS.entry(survey),
        "questions": [_question(question) for question in survey.questions],
    }
    return {"daily_survey": block}


def _question(question: Tree) -> Tree:
    given = {key: value for key, value in question.items() if value is not None}
    return {**given, "points": str(given["points"])} if "points" in given else given
