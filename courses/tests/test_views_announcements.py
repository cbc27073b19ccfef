import pytest
import time_machine
from django.urls import reverse

from courses.domain import publishing
from courses.models import Announcement
from mail.models import Message
from portal.testing import NOON, client_of


@pytest.fixture(autouse=True)
def _tuesday_noon():
    with time_machine.travel(NOON, tick=False):
        yield


def url(name: str, announcement: Announcement | None = None) -> str:
    return reverse(name, kwargs={"course_slug": "cs101-s24"} | ({"pk": announcement.pk} if announcement else {}))


def make(cast, title: str = "Lab", text: str = "Bring **laptops**", **fields) -> Announcement:
    return Announcement.objects.create(
        course=cast.course, title=title, text=text, author=cast.instructor.user, created_at=NOON, **fields
    )


def refuse(*texts: str) -> None:
    raise publishing.TextRefusedError("It holds what must not be told.")


def test_students_read_what_was_posted_and_no_draft(cast):
    make(cast, "Secret")
    make(cast, posted_at=NOON)
    text = client_of(cast.student).get(url("announcements")).content.decode()
    assert "<strong>laptops</strong>" in text
    assert "Tue Apr 9, 12:00 pm PDT" in text
    assert "Secret" not in text
    assert "Edit" not in text


def test_a_draft_is_saved_and_read_before_it_is_posted(cast):
    browser = client_of(cast.assistant)
    answer = browser.post(url("announcement_new"), {"title": "Lab", "text": "**x**"}, follow=True)
    assert "mails 4 people" in answer.content.decode()
    assert "<strong>x</strong>" in answer.content.decode()
    assert Announcement.objects.get().posted_at is None
    assert not Message.objects.exists()


def test_a_preview_shows_the_text_and_saves_nothing(cast):
    answer = client_of(cast.assistant).post(url("announcement_new"), {"title": "Lab", "text": "**x**", "do": "preview"})
    assert "<strong>x</strong>" in answer.content.decode()
    assert "**x**</textarea>" in answer.content.decode()
    assert not Announcement.objects.exists()


@pytest.mark.parametrize(
    "typed",
    [{"title": "", "text": "keep me"}, {"title": "keep me", "text": ""}, {"title": "keep me", "text": "x" * 20_001}],
)
def test_a_wrong_draft_is_refused_with_everything_typed_kept(cast, typed):
    answer = client_of(cast.assistant).post(url("announcement_new"), typed)
    assert answer.status_code == 422
    assert "keep me" in answer.content.decode()
    assert not Announcement.objects.exists()


def test_posting_twice_mails_once(cast):
    draft = make(cast)
    browser = client_of(cast.instructor)
    for _ in range(2):
        assert browser.post(url("announcement_post", draft)).status_code == 302
    assert Message.objects.count() == 4
    assert "went out once" in browser.get(url("announcement_post", draft)).content.decode()


def test_the_list_says_how_many_letters_posting_wrote(cast):
    page = client_of(cast.instructor).post(url("announcement_post", make(cast)), follow=True).content.decode()
    assert "Posted. 4 letters are on their way." in page


def test_a_text_that_a_rule_stops_is_refused_in_its_words(cast, monkeypatch):
    monkeypatch.setattr(publishing.checks, "answers", (refuse,))
    draft = make(cast)
    answer = client_of(cast.instructor).post(url("announcement_post", draft))
    assert answer.status_code == 422
    assert "must not be told" in answer.content.decode()
    edited = client_of(cast.instructor).post(
        url("announcement_edit", make(cast, posted_at=NOON)), {"title": "a", "text": "new"}
    )
    assert edited.status_code == 422
    assert 'value="new"' in edited.content.decode()


def test_editing_what_is_posted_shows_it_as_edited(cast):
    posted = make(cast, posted_at=NOON)
    client_of(cast.assistant).post(url("announcement_edit", posted), {"title": "Lab", "text": "Room 2"})
    text = client_of(cast.student).get(url("announcements")).content.decode()
    assert "Room 2" in text
    assert "edited Tue Apr 9, 12:00 pm PDT" in text
    assert not Message.objects.exists()


def test_only_drafts_are_deleted(cast):
    draft, posted = make(cast), make(cast, posted_at=NOON)
    browser = client_of(cast.instructor)
    browser.post(url("announcement_delete", draft))
    assert "it stays" in browser.post(url("announcement_delete", posted), follow=True).content.decode()
    assert list(Announcement.objects.all()) == [posted]


@pytest.mark.parametrize("name", ["announcement_new", "announcement_edit", "announcement_post", "announcement_delete"])
def test_students_write_no_news(cast, name):
    draft = make(cast)
    address = url(name, None if name == "announcement_new" else draft)
    assert client_of(cast.student).post(address, {"title": "x", "text": "y"}).status_code == 403
    assert Announcement.objects.get().posted_at is None


def test_an_empty_page_teaches_the_first_step(cast):
    assert "before it goes out" in client_of(cast.instructor).get(url("announcements")).content.decode()
    assert "also get it by mail" in client_of(cast.student).get(url("announcements")).content.decode()


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_asks_the_database_the_same_however_long_it_is(cast, count, django_assert_num_queries):
    for _ in range(count):
        make(cast, posted_at=NOON)
        make(cast)
    browser = client_of(cast.instructor)
    with django_assert_num_queries(5):  # session, person, enrollment, drafts, what is posted
        browser.get(url("announcements"))
