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
    queue = queues.queue_of(request.course, pk, date)
    is_piece = bool(request.headers.get("HX-Request"))
    if is_piece and request.GET.get("seen") == _version(queue):
        return HttpResponse(status=204)
    page = {**_side_of(request, queue), "queue": queue, "seen": _version(queue), "pk": pk, "on": date}
    if is_piece and queue:
        return render(request, "officehours/_queue.html", page)
    held = held_or_404(request, pk, date)
    page |= {"held": held, "is_on": held.is_on(now())}
    return render(request, "officehours/_queue.html" if is_piece else "officehours/queue.html", page)


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
            return redirect("hours_queue", course_slug=request.course.slug, pk=pk, date=date)
    except RuleBroken as broken:
        form.add_error(None, broken.sentence)
    page = {"queue": queue, "seen": _version(queue), "pk": pk, "on": date, "form": form}
    return render(request, "officehours/queue.html", page | {"held": held_or_404(request, pk, date)}, status=422)


@require_POST
@course_view()
def hours_queue_mine(request: CourseRequest, pk: int, date: date) -> HttpResponse:
    """Leave one's place, be away for a moment, or be back."""
    queues.move_own(_queue(request, pk, date), request.POST.get("do", ""), by=request.enrollment, now=now())
    return redirect("hours_queue", course_slug=request.course.slug, pk=pk, date=date)


@require_POST
@course_view(Role.ASSISTANT)
def hours_queue_run(request: CourseRequest, pk: int, date: date) -> HttpResponse:
    """Open, pause, close the queue, call the next, or say how late it is."""
    held_or_404(request, pk, date)
    does = request.POST.get("do", "")
    if does == "open":
        queues.open_queue(request.course, pk, date, now=now())
    else:
        _run(request, _queue(request, pk, date), does)
    return redirect("hours_queue", course_slug=request.course.slug, pk=pk, date=date)


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
    return redirect("hours_queue", course_slug=request.course.slug, pk=entry.queue.series_id, date=entry.queue.on)


def _queue(request: CourseRequest, pk: int, on: date) -> HoursQueue:
    held_or_404(request, pk, on)
    queue = queues.queue_of(request.course, pk, on)
    if queue is None:
        raise RuleBroken("The queue of this date is not open yet.")
    return queue
