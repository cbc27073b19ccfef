"""A review as a file: only harmless PDFs are taken, and only who may opens them."""

import hashlib
import io
import re
import zipfile
from datetime import timedelta
from pathlib import Path

import pikepdf
import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.errors import DomainError
from courses.domain import publishing
from mail.models import Message
from portal.testing import Cast, client_of
from presentations.domain import feedback, pdf_opening, reviews, uploads, windows
from presentations.models import PeerReview, ReviewUpload
from presentations.tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _files_in_a_folder_of_their_own(tmp_path, settings):
    local = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": tmp_path}}
    settings.STORAGES = {**settings.STORAGES, "default": local}


def pdf(change=lambda made: None, **save) -> bytes:
    """A PDF of one page; `change` adds to it."""
    made = pikepdf.new()
    made.add_blank_page()
    made.docinfo["/Author"] = "Ada Fictive"
    with made.open_metadata() as words:
        words["dc:creator"] = ["Ada Fictive"]
    change(made)
    out = io.BytesIO()
    made.save(out, **save)
    return out.getvalue()


def act(**entries):
    return pikepdf.Dictionary(**entries)


def script(made) -> None:
    made.Root.OpenAction = act(S=pikepdf.Name.JavaScript, JS="app.alert(1)")


def on_a_page(made) -> None:
    link = act(Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Link, A=act(S=pikepdf.Name.Launch, F="calc.exe"))
    made.pages[0].obj.Annots = pikepdf.Array([link])


def embedded(made) -> None:
    made.attachments["evil.exe"] = b"MZ"


def in_names(made) -> None:
    made.Root.Names = act(JavaScript=act(Names=pikepdf.Array([])))


def when_shown(made) -> None:
    made.pages[0].obj.AA = act(O=act(S=pikepdf.Name.JavaScript, JS="1"))


def opens_another_file(made) -> None:
    made.Root.OpenAction = act(S=pikepdf.Name.GoToR, F="other.pdf", D=pikepdf.Array([0, pikepdf.Name.Fit]))


def goes_on_to_a_script(made) -> None:
    page = pikepdf.Array([made.pages[0].obj, pikepdf.Name.Fit])
    made.Root.OpenAction = act(S=pikepdf.Name.GoTo, D=page, Next=act(S=pikepdf.Name.JavaScript, JS="1"))


def goes_on(made) -> None:
    page = pikepdf.Array([made.pages[0].obj, pikepdf.Name.Fit])
    made.Root.OpenAction = act(S=pikepdf.Name.GoTo, D=page, Next=act(S=pikepdf.Name.Named, N=pikepdf.Name.Print))


def prints(made) -> None:
    made.Root.OpenAction = act(S=pikepdf.Name.Named, N=pikepdf.Name.Print)


def opens_a_page_elsewhere(made) -> None:
    made.pages[0].obj.OpenAction = pikepdf.Array([made.pages[0].obj, pikepdf.Name.Fit])


def opens_at_a_place(made) -> None:
    made.Root.OpenAction = pikepdf.Array([made.pages[0].obj, pikepdf.Name.Fit])


def opens_by_go_to(made) -> None:
    page = pikepdf.Array([made.pages[0].obj, pikepdf.Name.Fit])
    made.Root.OpenAction = made.make_indirect(act(S=pikepdf.Name.GoTo, D=page))


def opens_at_a_name(made) -> None:
    made.Root.OpenAction = act(S=pikepdf.Name.GoTo, D=pikepdf.String("page.1"))


def deep(made) -> None:
    inner = act(Type=pikepdf.Name.X)
    for _ in range(pdf_opening.DEEPEST + 5):
        inner = act(X=inner)
    made.Root.X = inner


LOCK = pikepdf.Encryption(owner="owner", user="secret")
OPEN_LOCK = pikepdf.Encryption(owner="owner", user="")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (lambda: b"MZ\x90\x00 this program cannot be run", "no PDF, whatever its name says"),
        (lambda: b"\n" + pdf(), "before the beginning of this PDF.*print it to a new PDF"),
        (lambda: b"GIF89a" + b" " * 900 + pdf(), "before the beginning of this PDF"),
        (lambda: b"", "no PDF"),
        (lambda: b"%PDF-1.7\n" + b"\x00" * (20 * 1024 * 1024), "20 MB; at most 10 MB"),
        (lambda: pdf(encryption=LOCK), "locked"),
        (lambda: b"%PDF-1.7\ngarbage", "broken|no page"),
        (lambda: pdf()[:200], "broken|no page"),
        (lambda: pdf(script), "holds a script"),
        (lambda: pdf(on_a_page), "holds a script"),
        (lambda: pdf(embedded), "holds a script"),
        (lambda: pdf(in_names), "holds a script"),
        (lambda: pdf(when_shown), "holds a script"),
        (lambda: pdf(opens_another_file), "holds a script"),
        (lambda: pdf(goes_on_to_a_script), "holds a script"),
        (lambda: pdf(goes_on), "holds a script"),
        (lambda: pdf(prints), "holds a script"),
        (lambda: pdf(opens_a_page_elsewhere), "holds a script"),
        (lambda: pdf(deep), "holds a script"),
        (lambda: pdf(script, object_stream_mode=pikepdf.ObjectStreamMode.generate), "holds a script"),
    ],
)
def test_what_is_no_harmless_pdf_is_refused_in_words(content, words: str):
    with pytest.raises(DomainError, match=words):
        uploads.cleaned_pdf(content())


FROM_LIBREOFFICE = Path(__file__).parent / "form-from-libreoffice.pdf"


@pytest.mark.parametrize(
    "content",
    [
        FROM_LIBREOFFICE.read_bytes(),
        pdf(opens_at_a_place),
        pdf(opens_by_go_to),
        pdf(opens_at_a_name),
        pdf(encryption=OPEN_LOCK),
    ],
    ids=["libreoffice", "place", "go to", "go to a name", "opens without a password"],
)
def test_what_opens_at_a_place_or_without_a_password_is_taken_and_loses_both(content: bytes):
    with pikepdf.open(io.BytesIO(uploads.cleaned_pdf(content))) as opened:
        assert opened.pages and "/OpenAction" not in opened.Root and not opened.is_encrypted
        assert b"GoTo" not in b"".join(repr(entry).encode() for entry in opened.objects)


def test_a_clean_pdf_loses_its_metadata_and_whatever_was_glued_to_it():
    clean = uploads.cleaned_pdf(pdf() + b"PK\x03\x04 and a program after the end")
    assert b"Fictive" not in clean and b"PK\x03\x04" not in clean and clean.startswith(b"%PDF-")
    with pikepdf.open(io.BytesIO(clean)) as opened:
        assert len(opened.pages) == 1 and "/Metadata" not in opened.Root and "/Info" not in opened.trailer


def test_streams_are_carried_over_as_they_are_not_inflated():
    bomb = pikepdf.new()
    bomb.add_blank_page()
    bomb.pages[0].obj.Contents = bomb.make_stream(b"0" * 30_000_000)
    out = io.BytesIO()
    bomb.save(out, compress_streams=True)
    assert len(out.getvalue()) < 200_000
    assert len(uploads.cleaned_pdf(out.getvalue())) < 200_000


def test_a_file_is_handed_in_replaced_and_opened_by_its_owner_and_staff_only(cast: Cast, tmp_path):
    talk = factories.talk_of(factories.released(cast)[0])
    start = talk.slots.live().get().meeting.starts_at
    url = reverse("talk_upload", args=[cast.course.slug, talk.pk])
    with time_machine.travel(start + timedelta(minutes=1), tick=False):
        for _ in range(2):
            file = SimpleUploadedFile("ada fictive.pdf", pdf(), "application/pdf")
            assert "being checked" in client_of(cast.student).post(url, {"file": file}, follow=True).content.decode()
        uploads.check_due(start)
        typed = {"file": SimpleUploadedFile("a.pdf", b"MZ"), "good": "Kept."}
        refused = client_of(cast.other_student).post(url, typed)
        assert refused.status_code == 422 and "no PDF, whatever its name says" in refused.content.decode()
        assert "Kept." in refused.content.decode()
        assert "Choose the PDF first" in client_of(cast.student).post(url).content.decode()
    review = PeerReview.objects.get()
    assert review.submitted_at and "fictive" not in review.file.name
    stored = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert [hashlib.sha256(path.read_bytes()).hexdigest() for path in stored] == [review.file_sha256]
    own = reverse("talk_file", args=[cast.course.slug, talk.pk])
    of_staff = reverse("review_file", args=[cast.course.slug, review.pk])
    for who, where in ((cast.student, own), (cast.assistant, of_staff)):
        answer = client_of(who).get(where)
        assert answer["Content-Disposition"].startswith("attachment") and answer["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in answer["Content-Security-Policy"] and "no-store" in answer["Cache-Control"]
        assert b"".join(answer).startswith(b"%PDF-")
    others = (factories.member(talk.team), cast.other_student)
    statuses = [client_of(who).get(where).status_code for who in others for where in (own, of_staff)]
    assert statuses == [302, 403, 302, 403], "to the form of one's own review, which holds no file"


class Counted(io.BytesIO):
    """A body that notes how much of it was read."""

    def __init__(self, content: bytes) -> None:
        super().__init__(content)
        self.taken = 0

    def read(self, size: int | None = -1) -> bytes:
        part = super().read(size)
        self.taken += len(part)
        return part


def send(browser, url: str, fields: dict[str, str], file: bytes) -> tuple[HttpResponse, int]:
    """A form with a file as its last field, with the CSRF check on; the answer, and the bytes that were read."""
    parts = [f'--edge\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n' for k, v in fields.items()]
    head = '--edge\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\n'
    body = Counted("".join([*parts, head]).encode() + file + b"\r\n--edge--\r\n")
    browser.handler.enforce_csrf_checks = True
    answer = browser.request(
        REQUEST_METHOD="POST",
        PATH_INFO=url,
        CONTENT_TYPE="multipart/form-data; boundary=edge",
        CONTENT_LENGTH=str(len(body.getvalue())),
        HTTP_SEC_FETCH_SITE="same-origin",
        **{"wsgi.input": body},
    )
    return answer, body.taken


def test_a_file_of_20_mb_is_refused_before_it_is_read_and_what_was_typed_is_kept(cast: Cast, tmp_path):
    talk = factories.talk_of(factories.released(cast)[0])
    url = reverse("talk_upload", args=[cast.course.slug, talk.pk])
    big, small = b"%PDF-1.7\n" + bytes(20 * 1024 * 1024), b"%PDF-1.7\n" + bytes(1024 * 1024)
    with time_machine.travel(talk.slots.live().get().meeting.starts_at, tick=False):
        browser = client_of(cast.student)
        page = browser.get(reverse("talk_review", args=[cast.course.slug, talk.pk])).content.decode()
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)[1]
        typed = {"csrfmiddlewaretoken": token, "content": "4", "good": "Typed for long."}
        answer, taken = send(browser, url, typed, big)
        read = answer.content.decode()
        assert answer.status_code == 422 and "The file has 20 MB; at most 10 MB are taken. It was not stored" in read
        assert taken < 128 * 1024, "the rest stays in the pipe"
        assert "Typed for long." in read and re.search(r'name="content" value="4"[^>]* checked', read)
        assert not PeerReview.objects.exists() and in_the_store(tmp_path) == []
        _, taken = send(browser, url, typed, small)
        assert taken > 1024 * 1024, "a file that fits is read whole"
        out, taken = send(Client(), url, typed, big)
        assert out.status_code == 403 and taken < 128 * 1024, "nor is that of someone signed out"


def test_what_was_typed_beside_a_file_is_handed_in_with_it(cast: Cast):
    talk = factories.talk_of(factories.released(cast)[0])
    url = reverse("talk_upload", args=[cast.course.slug, talk.pk])
    with time_machine.travel(talk.slots.live().get().meeting.starts_at, tick=False):
        for typed in ({"content": "4", "clarity": "99", "good": "Both ways."}, {"clarity": "2"}):
            file = SimpleUploadedFile("a.pdf", pdf(), "application/pdf")
            client_of(cast.student).post(url, {**typed, "file": file})
            uploads.check_due(timezone.now())
    review = PeerReview.objects.get()
    assert (review.scores, review.comments) == ({"content": 4, "clarity": 2}, {"good": "Both ways."})
    assert review.submitted_at and review.file


def test_a_file_too_late_or_of_ones_own_talk_is_refused(cast: Cast):
    talk = factories.talk_of(factories.released(cast)[0])
    start = talk.slots.live().get().meeting.starts_at
    for who, when, words in (
        (cast.student, start + timedelta(days=9), "deadline is over"),
        (factories.member(talk.team), start, "your own talk"),
    ):
        with pytest.raises(DomainError, match=words):
            uploads.hand_in(talk, by=who, content=pdf(), now=when)
    assert not PeerReview.objects.exists()


def test_the_word_form_asks_everything_and_names_nobody(cast: Cast):
    talk = factories.talk_of(factories.released(cast)[0])
    answer = client_of(cast.student).get(reverse("talk_form", args=[cast.course.slug, talk.pk]))
    assert answer["Content-Disposition"].endswith('.docx"')
    with zipfile.ZipFile(io.BytesIO(answer.content)) as form:
        words = form.read("word/document.xml").decode() + form.read("docProps/core.xml").decode()
    assert all(text in words for text in ("Topic 1", "Content", "Clarity", "1 to 5", "What worked?"))
    assert "Fictive" not in words


# --- The check of a file leaves the request ------------------------------------------------------
@pytest.fixture
def talk(cast: Cast):
    return factories.talk_of(factories.released(cast)[0])


@pytest.fixture
def due_at(cast: Cast, talk):
    return windows.review_window(talk, cast.student, now=talk.slots.live().get().meeting.starts_at).due_at


def in_the_store(folder: Path) -> list[str]:
    return [path.name for path in folder.rglob("*") if path.is_file()]


def page_of(cast: Cast, talk) -> str:
    return client_of(cast.student).get(reverse("talk_review", args=[cast.course.slug, talk.pk])).content.decode()


def test_a_request_that_brings_a_file_opens_no_pdf(cast: Cast, talk, due_at, monkeypatch):
    monkeypatch.setattr(uploads, "cleaned_pdf", lambda content: pytest.fail("opened inside the request"))
    with time_machine.travel(due_at, tick=False):
        url = reverse("talk_upload", args=[cast.course.slug, talk.pk])
        client_of(cast.student).post(url, {"file": SimpleUploadedFile("a.pdf", pdf())})
        assert "is being checked" in page_of(cast, talk) and 'hx-trigger="every 3s"' in page_of(cast, talk)


def test_what_is_not_checked_is_served_to_nobody_and_is_no_review(cast: Cast, talk, due_at):
    uploads.hand_in(talk, by=cast.student, content=pdf(), now=due_at)
    review = PeerReview.objects.get()
    own, of_staff = ("talk_file", talk.pk), ("review_file", review.pk)
    for who, (name, pk) in ((cast.student, own), (cast.assistant, of_staff), (cast.instructor, of_staff)):
        assert client_of(who).get(reverse(name, args=[cast.course.slug, pk])).status_code == 302
    assert not PeerReview.objects.submitted().exists()


def test_a_file_handed_in_in_time_counts_though_it_is_checked_after_the_deadline(cast: Cast, talk, due_at):
    uploads.hand_in(talk, by=cast.student, content=pdf(), typed={"good": "Both."}, now=due_at)
    assert uploads.check_due(due_at + timedelta(days=1)) == 1
    review = PeerReview.objects.get()
    assert (review.submitted_at, review.is_late, review.comments) == (due_at, False, {"good": "Both."})
    assert review.file and not ReviewUpload.objects.exists()


def test_a_refused_file_is_forgotten_and_the_page_says_why(cast: Cast, talk, due_at, tmp_path):
    uploads.hand_in(talk, by=cast.student, content=pdf(script), typed={"good": "Kept words."}, now=due_at)
    assert uploads.check_due(due_at) == 1 and uploads.check_due(due_at) == 0
    assert in_the_store(tmp_path) == [] and not PeerReview.objects.submitted().exists()
    with time_machine.travel(due_at, tick=False):
        page = page_of(cast, talk)
        assert "was not taken" in page and "holds a script" in page and "Kept words." in page
        assert "every 3s" not in page
        reviews.submit(talk, by=cast.student, typed={"content": "3", "clarity": "3"}, now=due_at)
        assert "was not taken" not in page_of(cast, talk)


def test_a_file_that_is_replaced_before_it_is_taken_is_forgotten(cast: Cast, talk, due_at, tmp_path, monkeypatch):
    uploads.hand_in(talk, by=cast.student, content=pdf(script), now=due_at)
    uploads.hand_in(talk, by=cast.student, content=pdf(), now=due_at)
    assert len(in_the_store(tmp_path)) == 1
    cleaned = uploads.cleaned_pdf

    def replaced_meanwhile(content: bytes) -> bytes:
        monkeypatch.setattr(uploads, "cleaned_pdf", cleaned)
        uploads.hand_in(talk, by=cast.student, content=FROM_LIBREOFFICE.read_bytes(), now=due_at)
        return cleaned(content)

    monkeypatch.setattr(uploads, "cleaned_pdf", replaced_meanwhile)
    uploads.check_due(due_at)
    assert not PeerReview.objects.submitted().exists() and len(in_the_store(tmp_path)) == 1
    uploads.check_due(due_at)
    (stored,) = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert b"LibreOffice" not in stored.read_bytes() and PeerReview.objects.get().submitted_at == due_at


def test_a_file_whose_worker_died_is_checked_again_by_another(cast: Cast, talk, due_at, monkeypatch):
    uploads.hand_in(talk, by=cast.student, content=pdf(), now=due_at)

    def dies(content: bytes) -> bytes:
        raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr(uploads, "cleaned_pdf", dies)
        with pytest.raises(SystemExit):
            uploads.check_due(due_at)
    assert uploads.check_due(due_at + uploads.LEASE / 2) == 0
    assert uploads.check_due(due_at + uploads.LEASE) == 1 and PeerReview.objects.submitted().exists()


def test_what_is_typed_after_a_file_was_sent_is_not_written_over_by_what_stood_beside_it(cast: Cast, talk, due_at):
    uploads.hand_in(talk, by=cast.student, content=pdf(), typed={"good": "Older."}, now=due_at - timedelta(hours=1))
    reviews.submit(talk, by=cast.student, typed={"content": "3", "clarity": "3", "good": "Newer."}, now=due_at)
    uploads.check_due(due_at)
    review = PeerReview.objects.get()
    assert (review.comments["good"], review.submitted_at) == ("Newer.", due_at) and review.file


def test_feedback_waits_for_the_files_that_are_being_checked(cast: Cast, talk, due_at):
    uploads.hand_in(talk, by=cast.student, content=pdf(), now=due_at)
    with pytest.raises(DomainError, match="being checked"):
        feedback.release(talk, now=due_at, summary="Well done.")
    uploads.check_due(due_at)
    feedback.release(talk, now=due_at, summary="Well done.")


def test_a_sweep_with_no_file_to_check_is_one_statement(due_at, django_assert_num_queries):
    with django_assert_num_queries(1):
        assert uploads.check_due(due_at) == 0


@pytest.mark.parametrize(
    ("late", "way"),
    [(timedelta(), "hand in another, or fill in the form"), (timedelta(hours=1), "ask your instructor for more time")],
    ids=["while the review is open", "after the deadline"],
)
def test_who_left_before_their_file_was_refused_is_told_by_letter_and_on_today(cast: Cast, talk, due_at, late, way):
    uploads.hand_in(talk, by=cast.student, content=pdf(script), now=due_at)
    uploads.check_due(due_at + late)
    letter = Message.objects.get(kind="review_file_refused")
    assert letter.recipient == cast.student.user
    assert "holds a script" in letter.text and "nothing is handed in" in letter.text and way in letter.text

    def today(student) -> str:
        with time_machine.travel(due_at + timedelta(hours=2), tick=False):
            return client_of(student).get(reverse("course_home", args=[cast.course.slug])).content.decode()

    assert "Your PDF was not taken" in today(cast.student) and "holds a script" in today(cast.student)
    assert "Your PDF was not taken" not in today(cast.other_student)
    PeerReview.objects.update(submitted_at=due_at)
    assert "Your PDF was not taken" not in today(cast.student)


def test_a_file_that_another_one_replaced_is_refused_without_a_word(cast: Cast, talk, due_at, monkeypatch):
    uploads.hand_in(talk, by=cast.student, content=pdf(script), now=due_at)

    def replaced_meanwhile(content: bytes) -> bytes:
        uploads.hand_in(talk, by=cast.student, content=pdf(), now=due_at)
        raise DomainError("Refused.")

    with monkeypatch.context() as patch:
        patch.setattr(uploads, "cleaned_pdf", replaced_meanwhile)
        uploads.check_due(due_at)
    assert not Message.objects.filter(kind="review_file_refused").exists()
    assert ReviewUpload.objects.get().file and uploads.check_due(due_at) == 1


def test_a_file_with_a_text_that_must_not_be_shown_by_now_is_refused_and_holds_up_no_other(
    cast: Cast, talk, due_at, monkeypatch
):
    uploads.hand_in(talk, by=cast.student, content=pdf(), typed={"good": "Typed beside."}, now=due_at)
    uploads.hand_in(talk, by=cast.other_student, content=pdf(), now=due_at)

    def refuse(*texts: str) -> None:
        if "Typed beside." in texts:
            raise publishing.TextRefusedError("It holds a code.")

    monkeypatch.setattr(publishing, "check", refuse)
    assert uploads.check_due(due_at) == 2
    upload = ReviewUpload.objects.get()
    assert (upload.why_not, upload.typed, upload.review.submitted_at) == ("It holds a code.", {}, None)
    assert PeerReview.objects.submitted().get().reviewer == cast.other_student
