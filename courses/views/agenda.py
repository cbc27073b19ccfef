"""Staff write a class's agenda: one form, whose buttons work without JavaScript."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import now
from django.views.decorators.http import require_http_methods

from accounts.errors import DomainError
from courses.access import CourseRequest, course_view
from courses.domain import agenda
from courses.forms.agenda import LineForm, line_forms, minutes_of, pressed, rows_of, typed_rows
from courses.models import ClassMeeting, Role


@require_http_methods(["GET", "POST"])
@course_view(role=Role.ASSISTANT)
def agenda_edit(request: CourseRequest, date: date) -> HttpResponse:
    meeting = get_object_or_404(request.course.meetings.select_related("course"), date=date)
    names = list(request.course.assignments.values_list("name", flat=True))
    if request.method == "GET":
        rows = rows_of(meeting) or pressed([], "add")
        return _page(request, meeting, line_forms(rows, names, check=False), version=meeting.agenda_version)
    rows, button = typed_rows(request.POST), request.POST.get("do", "save")
    if button != "save":
        lines = line_forms(pressed(rows, button), names, check=False)
        return _page(request, meeting, lines, version=_version(request))
    lines = line_forms(rows, names, check=True)
    if not all([line.is_valid() for line in lines]):  # noqa: C419 - every line is checked, not only the first
        return _page(request, meeting, lines, version=_version(request), status=422)
    return _save(request, meeting, lines)


def _save(request: CourseRequest, meeting: ClassMeeting, lines: list[LineForm]) -> HttpResponse:
    try:
        agenda.replace(meeting, [line.line() for line in lines], version=_version(request), now=now())
    except agenda.AgendaChangedError as changed:
        theirs = agenda.shown_lines(meeting, now())
        page = {"refused": changed.message, "theirs": theirs, "version": meeting.agenda_version}
        return _page(request, meeting, lines, status=422, **page)
    except DomainError as error:
        return _page(request, meeting, lines, status=422, version=_version(request), refused=error.message)
    filling = agenda.filling(meeting, minutes_of(lines))
    if filling.is_over:
        messages.warning(request, f"Saved. The agenda is longer than the class: {filling.words}.")
    return redirect("meeting", course_slug=request.course.slug, date=meeting.date)


def _version(request: CourseRequest) -> int:
    version = request.POST.get("version", "")
    return int(version) if version.isdecimal() and len(version) < 9 else -1


def _page(
    request: CourseRequest, meeting: ClassMeeting, lines: list[LineForm], *, status: int = 200, **page: Any
) -> HttpResponse:
    page |= {"filling": agenda.filling(meeting, minutes_of(lines))}
    page |= {"meeting": meeting, "lines": lines, "previous": agenda.previous_date(meeting)}
    return render(request, "courses/agenda_edit.html", page, status=status)
