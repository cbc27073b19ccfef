"""Student questions, from the inbox to the published answer."""

from collections.abc import Callable
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import now
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.errors import DomainError
from courses.access import CourseRequest, course_view
from courses.models import Role
from feedback.domain import student_questions
from feedback.forms.questions import AddQuestionForm, MergeForm, ReplyForm
from feedback.models import StudentQuestion


@require_GET
@course_view(Role.ASSISTANT)
def inbox(request: CourseRequest) -> HttpResponse:
    """The questions that wait for staff, and what became of the others."""
    questions = request.course.student_questions.select_related("survey__meeting", "published_in").newest_first()
    context = {
        "waiting": questions.in_inbox(),
        "published": questions.published(),
        "aside": questions.exclude(set_aside_at=None),
        "merged": questions.exclude(merged_into=None).select_related("merged_into"),
    }
    return render(request, "feedback/inbox.html", context)


@require_GET
@course_view()
def published_question(request: CourseRequest, pk: int) -> HttpResponse:
    """One published question with its answer; until it is published there is nothing here."""
    published = request.course.student_questions.published().select_related("survey__meeting", "published_in")
    return render(request, "feedback/published.html", {"question": get_object_or_404(published, pk=pk)})


@require_http_methods(["GET", "POST"])
@course_view(Role.ASSISTANT)
def student_question(request: CourseRequest, pk: int) -> HttpResponse:
    """Word and answer one question, and publish it."""
    question = _question(request, pk)
    form = ReplyForm(request.POST or None, instance=question)
    if request.method == "POST" and form.is_valid() and _saved(request, form, pk):
        return redirect("student_question", course_slug=request.course.slug, pk=pk)
    context = {"question": _question(request, pk), "form": form, "merge": MergeForm(question)}
    return render(request, "feedback/student_question.html", context, status=422 if form.errors else 200)


def _saved(request: CourseRequest, form: ReplyForm, pk: int) -> bool:
    """Save the answer, and publish it if that button was pressed; if a rule says no, what was typed is kept."""
    question, typed = _question(request, pk), dict(form.cleaned_data)
    meeting = typed.pop("meeting")
    try:
        if "publish" in request.POST:
            student_questions.answer_and_publish(question, by=request.user, now=now(), meeting=meeting, **typed)
        else:
            student_questions.edit(question, by=request.user, **typed)
    except DomainError as error:
        form.add_error(None, error.message)
        return False
    messages.info(request, "Saved; students read it." if question.published_at else "Saved as a draft.")
    return True


@require_POST
@course_view(Role.ASSISTANT)
def merge_question(request: CourseRequest, pk: int) -> HttpResponse:
    """Let a question be answered with another one."""
    question = _question(request, pk)
    form = MergeForm(question, request.POST)
    if not form.is_valid():
        raise DomainError("Choose the question that asks the same.")
    student_questions.merge(question, form.cleaned_data["into"])
    return redirect("inbox", course_slug=request.course.slug)


def _one_button(verb: Callable[..., Any]) -> Callable[..., HttpResponse]:
    """A view that does one thing to one question and returns to the inbox."""

    @require_POST
    @course_view(Role.ASSISTANT)
    def view(request: CourseRequest, pk: int) -> HttpResponse:
        verb(_question(request, pk))
        return redirect("inbox", course_slug=request.course.slug)

    return view


unpublish_question = _one_button(student_questions.unpublish)
unmerge_question = _one_button(student_questions.unmerge)
set_question_aside = _one_button(lambda question: student_questions.set_aside(question, now=now()))
take_question_back = _one_button(student_questions.take_back)


@require_http_methods(["GET", "POST"])
@course_view(Role.ASSISTANT)
def ask_question(request: CourseRequest, date: date) -> HttpResponse:
    """Add a question by hand to those of one class."""
    survey = get_object_or_404(request.course.surveys.select_related("meeting"), meeting__date=date)
    form = AddQuestionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        question = student_questions.ask(survey, wording=form.cleaned_data["wording"])
        return redirect("student_question", course_slug=request.course.slug, pk=question.pk)
    context = {"form": form, "survey": survey}
    return render(request, "feedback/ask.html", context, status=422 if form.errors else 200)


def _question(request: CourseRequest, pk: int) -> StudentQuestion:
    return get_object_or_404(request.course.student_questions.select_related("survey__meeting", "published_in"), pk=pk)
