"""The drop-in queue of one date: a student's place, and the staff's desk. htmx asks for the piece every 10 seconds."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import now
from django.views.decorators.http import require_GET, require_POST

from accounts.errors import DomainError
from courses.access import CourseRequest, course_view
from courses.models import Role
from officehours.domain import queues
from officehours.forms.queue import JoinForm, LateForm, NextForm, NoteForm
from officehours.models import HoursQueue, OfficeHours, QueueEntry
from officehours.queries import desk as desks

State, Queue = QueueEntry.State, HoursQueue.State
THEIRS = {"done": State.DONE, "no_show": State.NO_SHOW, "back": State.WAITING, "call": State.CALLED}
TURNS = {"pause": Queue.PAUSED, "resume": Queue.OPEN, "last_call": Queue.LAST_CALL}


@require_GET
@course_view()
def hours_queue(request: CourseRequest, pk: int) -> HttpResponse:
    """The queue of a date; htmx gets the piece that changes, or nothing (204) while it is as it was `seen`."""
    queue = queues.queue_of(request.course, pk)
    is_piece = bool(request.headers.get("HX-Request"))
    if is_piece and request.GET.get("seen") == _version(queue):
        return HttpResponse(status=204)
    if is_piece and queue and queue.state != Queue.CLOSED:
        return render(request, "officehours/_queue.html", _side_of(request, queue))
    page = _side_of(request, queue) | _date_of(get_object_or_404(request.course.office_hours.in_order(), pk=pk))
    return render(request, "officehours/_queue.html" if is_piece else "officehours/queue.html", page)


def _version(queue: HoursQueue | None) -> str:
    return str(queue.version) if queue else "none"


def _date_of(hours: OfficeHours) -> dict[str, Any]:
    moment = now()
    stands = {
        "is_on": hours.is_on(moment),
        "is_over": hours.is_over(moment),
        "why_none": queues.why_no_queue(hours, moment),
    }
    return {"hours": hours, "pk": hours.pk, **stands}


def _side_of(request: CourseRequest, queue: HoursQueue | None) -> dict[str, Any]:
    page: dict[str, Any] = {"queue": queue, "seen": _version(queue)}
    if queue is None:
        return page
    page |= {"pk": queue.hours_id}
    if request.enrollment.is_staff:
        desk = desks.desk_of(queue)
        noted = desk.called[0] if desk.called else None
        note = NoteForm(initial={"note": noted.note}) if noted else None
        return page | {"desk": desk, "late": LateForm.of(queue), "noted": noted, "note": note}
    wait = desks.wait_of(queue, request.enrollment, now=now())
    ended = None if wait else desks.ended(queue, request.enrollment)
    can_join = not wait and queue.takes_people
    return page | {"wait": wait, "ended": ended, "form": JoinForm(person=request.enrollment) if can_join else None}


def _refused(request: CourseRequest, queue: HoursQueue, **typed: Any) -> HttpResponse:
    page = (
        _side_of(request, queue)
        | _date_of(get_object_or_404(request.course.office_hours.in_order(), pk=queue.hours_id))
        | typed
    )
    return render(request, "officehours/queue.html", page, status=422)


@require_POST
@course_view()
def hours_queue_join(request: CourseRequest, pk: int) -> HttpResponse:
    queue, form = _queue(request, pk), JoinForm(request.POST, person=request.enrollment)
    try:
        if form.is_valid():
            queues.join(queue, by=request.enrollment, now=now(), **form.cleaned_data)
            return _to_queue(request, queue)
    except DomainError as error:
        form.add_error(None, error.message)
    return _refused(request, queue, form=form, wait=None)


@require_POST
@course_view()
def hours_queue_mine(request: CourseRequest, pk: int) -> HttpResponse:
    queue = _queue(request, pk)
    queues.move_own(queue, request.POST.get("do", ""), by=request.enrollment, now=now())
    return _to_queue(request, queue)


@require_POST
@course_view(Role.ASSISTANT)
def hours_queue_run(request: CourseRequest, pk: int) -> HttpResponse:
    does = request.POST.get("do", "")
    if does == "open":
        return _to_queue(
            request, queues.open_queue(get_object_or_404(request.course.office_hours.in_order(), pk=pk), now=now())
        )
    queue, late = _queue(request, pk), LateForm(request.POST)
    if does == "late" and not late.is_valid():
        return _refused(request, queue, late=late)
    _run(request, queue, does, late)
    return _to_queue(request, queue)


def _run(request: CourseRequest, queue: HoursQueue, does: str, late: LateForm) -> None:
    if does in TURNS:
        queues.turn(queue, TURNS[does])
    elif does == "close":
        messages.info(request, f"Closed. {queues.close(queue, now=now())} left over; they are first next time.")
    elif does == "next" and queues.call_next(queue, first=_seen_first(request), now=now()) is None:
        messages.info(request, "Nobody waits.")
    elif does == "late":
        queues.run_late(queue, late.cleaned_data["minutes"])


def _seen_first(request: CourseRequest) -> int | None:
    """Who stood first on the page whose button was pressed."""
    form = NextForm(request.POST)
    return form.cleaned_data["first"] if form.is_valid() else None


@require_POST
@course_view(Role.ASSISTANT)
def queue_entry(request: CourseRequest, pk: int) -> HttpResponse:
    entry = get_object_or_404(queues.places_of(request.course), pk=pk)
    form = NoteForm(request.POST)
    if not form.is_valid():
        return _refused(request, entry.queue, noted=entry, note=form)
    if "note" in request.POST:
        queues.note(entry, form.cleaned_data["note"])
    state = THEIRS.get(request.POST.get("do", ""))
    if state:
        queues.move(entry, state, now=now())
    return _to_queue(request, entry.queue)


def _queue(request: CourseRequest, pk: int) -> HoursQueue:
    queue = queues.queue_of(request.course, pk)
    if queue is None:
        get_object_or_404(request.course.office_hours.in_order(), pk=pk)
        raise DomainError("The queue of this date is not open yet.")
    return queue


def _to_queue(request: CourseRequest, queue: HoursQueue) -> HttpResponse:
    return redirect("hours_queue", course_slug=request.course.slug, pk=queue.hours_id)
