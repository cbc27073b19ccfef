"""The instructor's rules for presenting, with what holds where they left something open."""

from courses.models import Course, Enrollment, Section
from presentations.models import PresentationDay, PresentationPlan, ReviewPlan

LARGEST = 50  # people in a team of a course that names no size


def plan_of(course: Course) -> PresentationPlan:
    """The course's plan; one that nobody wrote yet is not stored."""
    plans = PresentationPlan.objects.select_related("course__review_plan")
    return plans.filter(course=course).first() or PresentationPlan(course=course)


def review_plan_of(course: Course) -> ReviewPlan:
    """What the course asks of reviewers; one that nobody wrote yet is not stored."""
    return ReviewPlan.objects.filter(course=course).first() or ReviewPlan(course=course)


def asked_of_reviewers(plan: PresentationPlan) -> ReviewPlan:
    """What the course asks of reviewers, read together with its plan."""
    return getattr(plan.course, "review_plan", None) or ReviewPlan(course=plan.course)


def sizes(plan: PresentationPlan) -> tuple[int, int]:
    """The least and the most people of a team."""
    return plan.min_size or 1, plan.max_size or LARGEST


def presenting_sections(plan: PresentationPlan) -> list[Section]:
    """The sections whose students present."""
    sections = list(plan.course.sections.all())
    named = plan.presenting_sections
    return sections if named is None else [section for section in sections if section.code in named]


def presents(plan: PresentationPlan, person: Enrollment) -> bool:
    """Whether someone is a student who gives a talk in this course."""
    return not person.is_staff and person.section_id in {section.pk for section in presenting_sections(plan)}


def days_of(course: Course) -> list[PresentationDay]:
    """The classes in which talks are given, in order."""
    return list(course.presentation_days.select_related("meeting").order_by("meeting__starts_at"))
