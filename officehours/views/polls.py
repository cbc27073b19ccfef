from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import now
from django.views.decorators.http import require_http_methods, require_POST

from accounts.errors import DomainError
from courses.access import CourseRequest, course_view
from courses.models import Role
from officehours.domain import polls, series
from officehours.forms.poll import AvailabilityForm, PollForm, PublishForm
from officehours.models import AvailabilityPoll
from officehours.views.hours import warn_of_overlaps, weekly


@require_http_methods(["GET", "POST"])
@course_view(Role.ASSISTANT)
def poll_new(request: CourseRequest) -> HttpResponse:
    form = PollForm(request.POST or None, initial={"start": "09:00", "end": "17:00"})
    if request.method == "POST" and form.is_valid():
        poll = polls.ask(request.course, **form.cleaned_data, now=now())
        return redirect("poll", course_slug=request.course.slug, pk=poll.pk)
    return render(request, "officehours/poll_new.html", {"form": form}, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@course_view()
def poll(request: CourseRequest, pk: int) -> HttpResponse:
    asked = get_object_or_404(request.course.availability_polls, pk=pk)
    if request.enrollment.is_staff:
        return render(request, "officehours/poll_result.html", _result(request, asked))
    mine = asked.answers.filter(student=request.enrollment).first()
    typed = request.POST if request.method == "POST" else None
    form = AvailabilityForm(typed, poll=asked, given=mine.windows if mine else {})
    if form.is_valid():
        try:
            polls.answer(asked, by=request.enrollment, given=form.given())
            messages.info(request, "Noted. You can change it until the poll closes.")
            return redirect("poll", course_slug=request.course.slug, pk=pk)
        except DomainError as error:
            form.add_error(None, error.message)
    page = {"poll": asked, "form": form, "mine": mine}
    return render(request, "officehours/poll.html", page, status=422 if form.errors else 200)


@require_POST
@course_view(Role.ASSISTANT)
def poll_close(request: CourseRequest, pk: int) -> HttpResponse:
    polls.close(get_object_or_404(request.course.availability_polls, pk=pk), now=now())
    return redirect("poll", course_slug=request.course.slug, pk=pk)


@require_POST
@course_view(Role.ASSISTANT)
def poll_publish(request: CourseRequest, pk: int) -> HttpResponse:
    asked = get_object_or_404(request.course.availability_polls, pk=pk)
    form = PublishForm(request.POST)
    if form.is_valid():
        try:
            made = polls.publish(asked, **form.as_published(), host=request.user, now=now())
            messages.info(request, f"Published: {'; '.join(map(weekly, made))}; until the course ends.")
            warn_of_overlaps(request, made)
            return redirect("office_hours", course_slug=request.course.slug)
        except DomainError as error:
            form.add_error(None, error.message)
    return render(request, "officehours/poll_result.html", _result(request, asked, form), status=422)


def _result(request: CourseRequest, asked: AvailabilityPoll, typed: PublishForm | None = None) -> dict[str, Any]:
    """What the poll says, with a form for each set of windows; what was typed in one of them stays there."""
    result = polls.result_of(asked)
    first_on = series.first_day(request.course, now())
    sets = [(best, PublishForm.of(best, n, first_on, typed)) for n, best in enumerate(result.best)]
    beside = None if any(form is typed for _, form in sets) else typed  # what was typed for none of the sets
    return {"poll": asked, "result": result, "sets": sets, "beside": beside, "fewest": polls.FEWEST}
