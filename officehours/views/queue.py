"""The drop-in queue of one date: a student's place, and the staff's desk. htmx asks for the piece every 10 seconds."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import now
from django.views.decorators.http import require_GET, require_POST

from accounts.errors import RuleBroken
from courses.access import CourseRequest, course_view
from courses.models import Role
from officehours.domain import queues
from officehours.forms.queue import JoinForm, LateForm, NoteForm
from officehours.models import HoursQueue, QueueEntry
from officehours.views.hours import held_or_404

State, Queue = QueueEntry.State, HoursQueue.State
THEIRS = {"done": State.DONE, "no_show": State.NO_SHOW, "back": State.WAITING, "call": State.CALLED}
TURNS = {"pause": Queue.PAUSED, "resume": Queue.OPEN, "last_call": Queue.LAST_CALL}


@require_GET
@course_view()
def hours_queue(request: CourseRequest, pk: int, date: date) -> HttpResponse:
    """The queue of a date; htmx gets the piece that changes, or nothing (204) while it is as it was `seen`."""
    pk, date, queue = _found(request, pk, date)
    is_piece = bool(request.headers.get("HX-Request"))
    if is_piece and request.GET.get("seen") == _version(queue):
        return HttpResponse(status=204)
    page = {**_side_of(request, queue), "queue": queue, "seen": _version(queue), "pk": pk, "on": date}
    if is_piece and queue:
        return render(request, "officehours/_queue.html", page)
    held = held_or_404(request, pk, date)
    page |= {"held": held, "is_on": held.is_on(now())}
    return render(request, "officehours/_queue.html" if is_piece else "officehours/queue.html", page)


def _found(request: CourseRequest, pk: int, on: date) -> tuple[int, date, HoursQueue | None]:
    """The number and date by which the office hours of an address go now, and their queue; one SELECT if it is open."""
    queue = queues.queue_of(request.course, pk, on)
    if queue is not None:
        return pk, on, queue
    held = held_or_404(request, pk, on)
    return held.series.pk, held.on, queues.queue_of(request.course, held.series.pk, held.on)


def _version(queue: HoursQueue | None) -> str:
    return str(queue.version) if queue else "none"


def _side_of(request: CourseRequest, queue: HoursQueue | None) -> dict[str, Any]:
    """The staff's desk, or a student's place and the way to one."""
    if queue is None:
        return {}
    if request.enrollment.is_staff:
        return {"desk": queues.desk_of(queue)}
    wait = queues.wait_of(queue, request.enrollment)
    return {"wait": wait, "form": None if wait or not queue.takes_people else JoinForm()}


@require_POST
@course_view()
def hours_queue_join(request: CourseRequest, pk: int, date: date) -> HttpResponse:
    """Take a place."""
    queue, form = _queue(request, pk, date), JoinForm(request.POST)
    try:
        if form.is_valid():
            queues.join(queue, by=request.enrollment, now=now(), **form.cleaned_data)
            return _to_queue(request, queue)
    except RuleBroken as broken:
        form.add_error(None, broken.sentence)
    page = {"queue": queue, "seen": _version(queue), "pk": queue.series_id, "on": queue.on, "form": form}
    return render(request, "officehours/queue.html", page | {"held": held_or_404(request, pk, date)}, status=422)


@require_POST
@course_view()
def hours_queue_mine(request: CourseRequest, pk: int, date: date) -> HttpResponse:
    """Leave one's place, be away for a moment, or be back."""
    queue = _queue(request, pk, date)
    queues.move_own(queue, request.POST.get("do", ""), by=request.enrollment, now=now())
    return _to_queue(request, queue)


@require_POST
@course_view(Role.ASSISTANT)
def hours_queue_run(request: CourseRequest, pk: int, date: date) -> HttpResponse:
    """Open, pause, close the queue, call the next, or say how late it is."""
    does = request.POST.get("do", "")
    if does == "open":
        held = held_or_404(request, pk, date)
        queue = queues.open_queue(request.course, held.series.pk, held.on, now=now())
    else:
        queue = _queue(request, pk, date)
        _run(request, queue, does)
    return _to_queue(request, queue)


def _run(request: CourseRequest, queue: HoursQueue, does: str) -> None:
    form = LateForm(request.POST)
    if does in TURNS:
        queues.turn(queue, TURNS[does])
    elif does == "close":
        messages.info(request, f"Closed. {queues.close(queue, now=now())} left over; they are first next time.")
    elif does == "next" and queues.call_next(queue, now=now()) is None:
        messages.info(request, "Nobody waits.")
    elif does == "late" and form.is_valid():
        queues.run_late(queue, form.cleaned_data["minutes"])


@require_POST
@course_view(Role.ASSISTANT)
def queue_entry(request: CourseRequest, pk: int) -> HttpResponse:
    """Done, did not come, back to the line; and a note to oneself."""
    entry = get_object_or_404(queues.places_of(request.course), pk=pk)
    form = NoteForm(request.POST)
    if form.is_valid() and "note" in request.POST:
        queues.note(entry, form.cleaned_data["note"])
    state = THEIRS.get(request.POST.get("do", ""))
    if state:
        queues.move(entry, state, now=now())
    return _to_queue(request, entry.queue)


def _queue(request: CourseRequest, pk: int, on: date) -> HoursQueue:
    _, _, queue = _found(request, pk, on)
    if queue is None:
        raise RuleBroken("The queue of this date is not open yet.")
    return queue


def _to_queue(request: CourseRequest, queue: HoursQueue) -> HttpResponse:
    return redirect("hours_queue", course_slug=request.course.slug, pk=queue.series_id, date=queue.on)
