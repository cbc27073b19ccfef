from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from courses.access import CourseRequest, course_view
from courses.models import Role
from mail.domain import kinds, outbox
from mail.queries import letters as queries


@require_GET
@course_view(role=Role.ASSISTANT)
def letters(request: CourseRequest) -> HttpResponse:
    slug = request.course.slug
    hidden = [(name, kinds.kind_named(name).label, count) for name, count in queries.hidden_parked(slug).items()]
    page = {"batches": queries.batches(slug), "parked": queries.parked(slug), "hidden": hidden}
    return render(request, "courses/letters.html", page)


@require_GET
@course_view(role=Role.ASSISTANT)
def letter(request: CourseRequest, pk: int) -> HttpResponse:
    read = get_object_or_404(queries.readable(request.course.slug), pk=pk)
    page = {"letter": read, "words": queries.words(read), "label": kinds.kind_named(read.kind).label}
    return render(request, "courses/letter.html", page)


@require_POST
@course_view(role=Role.ASSISTANT)
def letter_again(request: CourseRequest, pk: int) -> HttpResponse:
    parked = get_object_or_404(queries.parked(request.course.slug), pk=pk)
    outbox.try_again(request.course.slug, pk=parked.pk)
    messages.success(request, "The letter is on its way again.")
    return redirect("letters", course_slug=request.course.slug)


@require_POST
@course_view(role=Role.ASSISTANT)
def letters_again(request: CourseRequest, kind: str) -> HttpResponse:
    count = outbox.try_again(request.course.slug, kind=kind)
    messages.success(request, f"On their way again: {count}.")
    return redirect("letters", course_slug=request.course.slug)
