from functools import partial

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import now
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.errors import DomainError
from courses.access import CourseRequest, carry_out, course_view
from courses.domain import announcements as rules
from courses.domain.letters import on_their_way
from courses.forms.posted import AnnouncementForm
from courses.models import Role


@require_GET
@course_view()
def announcements(request: CourseRequest) -> HttpResponse:
    everything = request.course.announcements.select_related("author")
    drafts = everything.filter(posted_at=None) if request.enrollment.is_staff else []
    return render(request, "courses/announcements.html", {"posted": everything.posted(), "drafts": drafts})


@require_http_methods(["GET", "POST"])
@course_view(role=Role.ASSISTANT)
def announcement_new(request: CourseRequest) -> HttpResponse:
    form = AnnouncementForm(request.POST if request.method == "POST" else None)
    if form.is_valid() and not _is_preview(request):
        draft = rules.write_announcement(request.course, **form.cleaned_data, by=request.user, now=now())
        return redirect("announcement_post", course_slug=request.course.slug, pk=draft.pk)
    page = {"form": form, "preview": _preview(request)}
    return render(request, "courses/announcement_edit.html", page, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@course_view(role=Role.ASSISTANT)
def announcement_edit(request: CourseRequest, pk: int) -> HttpResponse:
    edited = get_object_or_404(request.course.announcements, pk=pk)
    form = AnnouncementForm(request.POST or None, initial={"title": edited.title, "text": edited.text})
    if not _is_preview(request) and carry_out(form, partial(rules.edit_announcement, edited, now=now())):
        if edited.posted_at:
            return redirect("announcements", course_slug=request.course.slug)
        return redirect("announcement_post", course_slug=request.course.slug, pk=pk)
    page = {"form": form, "announcement": edited, "preview": _preview(request)}
    return render(request, "courses/announcement_edit.html", page, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@course_view(role=Role.ASSISTANT)
def announcement_post(request: CourseRequest, pk: int) -> HttpResponse:
    draft = get_object_or_404(request.course.announcements.select_related("author"), pk=pk)
    refused = ""
    if request.method == "POST":
        try:
            written = rules.post_announcement(draft, now=now())
            messages.success(request, f"Posted. {on_their_way(written)}")
            return redirect("announcements", course_slug=request.course.slug)
        except DomainError as error:
            refused = error.message
    page = {"announcement": draft, "letters": request.course.enrollments.active().count(), "refused": refused}
    return render(request, "courses/announcement_post.html", page, status=422 if refused else 200)


@require_POST
@course_view(role=Role.ASSISTANT)
def announcement_delete(request: CourseRequest, pk: int) -> HttpResponse:
    rules.delete_draft(get_object_or_404(request.course.announcements, pk=pk))
    return redirect("announcements", course_slug=request.course.slug)


def _is_preview(request: CourseRequest) -> bool:
    return request.POST.get("do") == "preview"


def _preview(request: CourseRequest) -> str:
    return request.POST.get("text", "") if _is_preview(request) else ""
