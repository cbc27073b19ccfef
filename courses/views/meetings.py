from datetime import date
from functools import partial

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import now
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from courses.access import CourseRequest, carry_out, course_view
from courses.domain import agenda, calendar
from courses.domain import meetings as rules
from courses.forms.meetings import CancelForm, MeetingForm
from courses.models import Role
from courses.queries import meetings as queries


@require_GET
@course_view()
def meetings(request: CourseRequest) -> HttpResponse:
    return render(request, "courses/meetings.html", {"weeks": queries.weeks(request.course, now())})


@require_GET
@course_view()
def meeting(request: CourseRequest, date: date) -> HttpResponse:
    shown = get_object_or_404(request.course.meetings.select_related("course"), date=date)
    before, after = calendar.previous_meeting(shown), calendar.next_meeting(shown)
    page = {"meeting": shown, "before": before, "after": after, "lines": agenda.shown_lines(shown, now())}
    off = request.course.no_class_days.filter(date=date).first()
    is_on, is_over = shown.starts_at <= now() < shown.ends_at, shown.ends_at <= now()
    return render(request, "courses/meeting.html", page | {"off": off, "is_on": is_on, "is_over": is_over})


@require_http_methods(["GET", "POST"])
@course_view(role=Role.ASSISTANT)
def meeting_edit(request: CourseRequest, date: date) -> HttpResponse:
    changed = get_object_or_404(request.course.meetings.select_related("course"), date=date)
    form = MeetingForm(request.POST if request.method == "POST" else None, meeting=changed)
    if carry_out(form, partial(rules.change_meeting, changed, now=now())):
        return redirect("meeting", course_slug=request.course.slug, date=date)
    page = {"meeting": changed, "form": form, "is_over": changed.ends_at <= now()}
    return render(request, "courses/meeting_edit.html", page, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@course_view(role=Role.ASSISTANT)
def meeting_cancel(request: CourseRequest, date: date) -> HttpResponse:
    cancelled = get_object_or_404(request.course.meetings.select_related("course"), date=date)
    form = CancelForm(request.POST if request.method == "POST" else None)
    if carry_out(form, partial(calendar.cancel_meeting, cancelled, now=now())):
        return redirect("meeting", course_slug=request.course.slug, date=date)
    page = {"meeting": cancelled, "form": form, "consequences": rules.consequences_of_cancelling(cancelled, now())}
    return render(request, "courses/meeting_cancel.html", page, status=422 if form.errors else 200)


@require_POST
@course_view(role=Role.ASSISTANT)
def meeting_restore(request: CourseRequest, date: date) -> HttpResponse:
    restored = get_object_or_404(request.course.meetings.select_related("course"), date=date)
    calendar.restore_meeting(restored, now=now())
    return redirect("meeting", course_slug=request.course.slug, date=date)
