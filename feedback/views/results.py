"""What the surveys say: the list of classes, and the recap of one."""

from datetime import date

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import now
from django.views.decorators.http import require_GET, require_POST

from courses.access import CourseRequest, course_view
from courses.models import Role
from feedback.domain import separation, surveys
from feedback.models import Survey
from feedback.queries import overview, recap


@require_GET
@course_view()
def feedback(request: CourseRequest) -> HttpResponse:
    """The feedback of a course: a student's surveys and the published answers; for staff, class by class."""
    return _for_staff(request) if request.enrollment.is_staff else _for_student(request)


def _for_student(request: CourseRequest) -> HttpResponse:
    mine = overview.surveys_of(request.enrollment, now=now())
    published = request.course.student_questions.published().select_related("survey__meeting", "published_in")
    return render(request, "feedback/my_feedback.html", {"surveys": mine, "questions": published.newest_first()})


def _for_staff(request: CourseRequest) -> HttpResponse:
    classes = overview.classes_of(request.course, now=now())
    context = {
        "classes": [row for row in classes if row.survey or row.can_open],
        "without": [row for row in classes if not row.survey and not row.can_open],
        "points": recap.quarter(request.course),
        "inbox": request.course.student_questions.in_inbox().count(),
        "plan": getattr(request.course, "survey_plan", None),
    }
    return render(request, "feedback/classes.html", context)


@require_GET
@course_view(Role.ASSISTANT)
def survey_recap(request: CourseRequest, date: date) -> HttpResponse:
    """The figures of one class, made to be read from the back row."""
    survey = _survey(request, date)
    if survey.frozen_at is None:
        context = {
            "survey": survey,
            "so_far": overview.took_part_so_far(survey),
            "answers": survey.completions.count(),
        }
        return render(request, "feedback/recap_open.html", context)
    found = recap.recap_of(survey)
    context = {
        "survey": survey,
        "recap": found,
        "chosen": found.section(request.GET.get("section", "")),
        "later": recap.recap_of(survey, late=True) if survey.late_figures else None,
        "points": recap.quarter(request.course),
        "questions": survey.student_questions.to_answer(),
        "neighbours": recap.neighbours(survey),
    }
    return render(request, "feedback/recap.html", context)


@require_GET
@course_view(Role.ASSISTANT)
def recap_in_class(request: CourseRequest, date: date) -> HttpResponse:
    """The same figures on a wall: nothing else on the page."""
    survey = _survey(request, date)
    if survey.frozen_at is None:
        return redirect("survey_recap", course_slug=request.course.slug, date=date)
    answered = survey.student_questions.published()
    context = {"survey": survey, "recap": recap.recap_of(survey), "questions": answered}
    return render(request, "feedback/recap_in_class.html", context)


@require_GET
@course_view(Role.ASSISTANT)
def survey_on_the_wall(request: CourseRequest, date: date) -> HttpResponse:
    """The way to the survey, to be thrown on the wall in the last minute of class."""
    meeting = get_object_or_404(request.course.meetings, date=date)
    context = {
        "meeting": meeting,
        "code": overview.survey_code(meeting),
        "address": overview.survey_address(meeting),
    }
    return render(request, "feedback/wall.html", context)


@require_POST
@course_view(Role.ASSISTANT)
def open_survey(request: CourseRequest, date: date) -> HttpResponse:
    """Open the survey of a class by hand, when it ended early or the scheduler stood still."""
    meeting = get_object_or_404(request.course.meetings, date=date)
    surveys.open_survey(meeting, now=now())
    return redirect("survey_recap", course_slug=request.course.slug, date=date)


@require_POST
@course_view(Role.INSTRUCTOR)
def freeze_survey(request: CourseRequest, date: date) -> HttpResponse:
    """Fix the figures before the due time."""
    separation.freeze(_survey(request, date), now=now())
    return redirect("survey_recap", course_slug=request.course.slug, date=date)


def _survey(request: CourseRequest, date: date) -> Survey:
    return get_object_or_404(request.course.surveys.select_related("meeting"), meeting__date=date)
