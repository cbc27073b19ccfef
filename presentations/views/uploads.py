"""The old way to review: a Word form to fill in, and a PDF to hand in."""

from csp.decorators import csp_update
from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.timezone import now
from django.views.decorators.http import require_GET, require_POST

from accounts.access import takes_upload
from accounts.errors import DomainError
from courses.access import CourseRequest, course_view
from courses.models import Role
from presentations.domain import schedule, uploads, word_form
from presentations.models import PeerReview, Presentation
from presentations.views.reviews import review_page

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


@require_GET
@course_view()
def talk_form(request: CourseRequest, pk: int) -> HttpResponse:
    talk = _talk(request, pk)
    place = schedule.place_of(talk, schedule.days(request.course))
    if place is None:
        return redirect("talk_review", course_slug=request.course.slug, pk=pk)
    response = HttpResponse(word_form.write(place), content_type=WORD)
    response["Content-Disposition"] = f'attachment; filename="review-{place.talk.pk}.docx"'
    return response


@takes_upload(uploads.MAX_FORM)
@require_POST
@course_view()
def talk_upload(request: CourseRequest, pk: int) -> HttpResponse:
    """Hand in the filled form as PDF, with what was typed on the page; of a refused one, what was typed is kept."""
    talk = _talk(request, pk)
    try:
        content = _read(request)
        uploads.hand_in(talk, by=request.enrollment, content=content, typed=request.POST, now=now())
    except DomainError as error:
        return review_page(request, talk, why_no_file=error.message)
    messages.info(request, "Your PDF came in. It is handed in once it is checked, as of now.")
    return redirect("talk_review", course_slug=request.course.slug, pk=pk)


def _read(request: CourseRequest) -> bytes:
    """The file's bytes. Raises DomainError by the size that was announced, before any of them is read."""
    length = int(request.META.get("CONTENT_LENGTH") or 0)
    if length > uploads.MAX_FORM:
        uploads.refuse_size(length)
    file = request.FILES.get("file")
    if file is None:
        raise DomainError("Choose the PDF first; nothing was handed in.")
    uploads.refuse_size(file.size or 0)
    return bytes(file.read())


@require_GET
@csp_update({"sandbox": True})
@course_view()
def talk_file(request: CourseRequest, pk: int) -> HttpResponse:
    """One's own PDF about a talk. Its address names the talk: the numbers of reviews would tell how many there are."""
    review = _talk(request, pk).reviews.filter(reviewer=request.enrollment).exclude(file="").first()
    return _file(review) if review else redirect("talk_review", course_slug=request.course.slug, pk=pk)


@require_GET
@csp_update({"sandbox": True})
@course_view(Role.ASSISTANT)
def review_file(request: CourseRequest, pk: int) -> HttpResponse:
    """The PDF of anyone's review, for staff who did not give that talk themselves."""
    review = get_object_or_404(uploads.reviews_for_staff(request.enrollment), pk=pk)
    if not review.file:
        return redirect("talk_reviews", course_slug=request.course.slug, pk=review.presentation_id)
    return _file(review)


def _file(review: PeerReview) -> HttpResponse:
    """A file to save, never to run."""
    name = f"review-{review.presentation_id}.pdf"
    if hasattr(review.file.storage, "querystring_auth"):  # S3: a presigned address that says the same
        wanted = {
            "ResponseContentDisposition": f'attachment; filename="{name}"',
            "ResponseContentType": "application/pdf",
        }
        return redirect(review.file.storage.url(review.file.name, parameters=wanted))  # type: ignore[call-arg]
    try:
        stored = review.file.open("rb")
    except FileNotFoundError as lost:
        raise Http404("The file is not in the store any more.") from lost
    response = FileResponse(stored, as_attachment=True, filename=name, content_type="application/pdf")
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response  # type: ignore[return-value]  # a stream; the type of views is a whole answer


def _talk(request: CourseRequest, pk: int) -> Presentation:
    return get_object_or_404(request.course.presentations.select_related("course", "team"), pk=pk)
