"""A review as a file: only harmless PDFs are taken, and only who may opens them."""

import hashlib
import io
import re
import zipfile
from datetime import timedelta

import pikepdf
import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from accounts.errors import DomainError
from portal.testing import Cast, client_of
from presentations.domain import pdf_opening, uploads
from presentations.models import PeerReview
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


def opened_later(made) -> None:
    made.Root.OpenAction = pikepdf.Array([made.pages[0].obj, pikepdf.Name.Fit])


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
        (lambda: b"\n" + pdf(), "no PDF"),
        (lambda: b"", "no PDF"),
        (lambda: b"%PDF-1.7\n" + b"\x00" * (20 * 1024 * 1024), "20 MB; at most 10 MB"),
        (lambda: pdf(encryption=LOCK), "locked"),
        (lambda: pdf(encryption=OPEN_LOCK), "locked"),
        (lambda: b"%PDF-1.7\ngarbage", "broken|no page"),
        (lambda: pdf()[:200], "broken|no page"),
        (lambda: pdf(script), "holds a script"),
        (lambda: pdf(on_a_page), "holds a script"),
        (lambda: pdf(embedded), "holds a script"),
        (lambda: pdf(in_names), "holds a script"),
        (lambda: pdf(when_shown), "holds a script"),
        (lambda: pdf(opened_later), "holds a script"),
        (lambda: pdf(deep), "holds a script"),
        (lambda: pdf(script, object_stream_mode=pikepdf.ObjectStreamMode.generate), "holds a script"),
    ],
)
def test_what_is_no_harmless_pdf_is_refused_in_words(content, words: str):
    with pytest.raises(DomainError, match=words):
        uploads.cleaned_pdf(content())


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
            assert "handed in" in client_of(cast.student).post(url, {"file": file}, follow=True).content.decode()
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
        _, taken = send(browser, url, typed, small)
        assert taken > 1024 * 1024, "a file that fits is read whole"
        out, taken = send(Client(), url, typed, big)
        assert out.status_code == 403 and taken < 128 * 1024, "nor is that of someone signed out"
    assert not PeerReview.objects.exists() and not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_what_was_typed_beside_a_file_is_handed_in_with_it(cast: Cast):
    talk = factories.talk_of(factories.released(cast)[0])
    url = reverse("talk_upload", args=[cast.course.slug, talk.pk])
    with time_machine.travel(talk.slots.live().get().meeting.starts_at, tick=False):
        for typed in ({"content": "4", "clarity": "99", "good": "Both ways."}, {"clarity": "2"}):
            file = SimpleUploadedFile("a.pdf", pdf(), "application/pdf")
            client_of(cast.student).post(url, {**typed, "file": file})
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
