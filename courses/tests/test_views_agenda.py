from datetime import date

import pytest
import time_machine
from django.urls import reverse

from courses.models import ClassMeeting
from portal.testing import NOON, client_of

URL = reverse("agenda_edit", kwargs={"course_slug": "cs101-s24", "date": date(2024, 4, 10)})


@pytest.fixture(autouse=True)
def _tuesday_noon():
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def meeting(cast) -> ClassMeeting:
    return cast.course.meetings.get(date=date(2024, 4, 10))


def typed(*texts: str, version: int = 0, do: str = "save", **fields: str) -> dict[str, str]:
    rows = {f"line-{n}-text": text for n, text in enumerate(texts)} | {
        f"line-{n}-kind": "lecture" for n in range(len(texts))
    }
    return rows | {"count": str(len(texts)), "version": str(version), "do": do} | fields


def texts(answer) -> list[str]:
    return [line["text"].value() for line in answer.context["lines"]]


def test_staff_write_an_agenda_line_by_line(cast, meeting):
    more = {"line-0-minutes": "15", "line-1-team": "3", "line-1-kind": "presentation"}
    answer = client_of(cast.assistant).post(URL, typed("From {previous}", "Talk", **more))
    assert answer.status_code == 302
    saved = meeting.agenda.values_list("text", "kind", "minutes", "target")
    assert list(saved) == [("From {previous}", "lecture", 15, {}), ("Talk", "presentation", None, {"team": 3})]


def test_the_form_shows_the_placeholder_and_what_it_stands_for(cast, meeting):
    browser = client_of(cast.assistant)
    browser.post(URL, typed("From {previous}"))
    page = browser.get(URL)
    assert texts(page) == ["From {previous}"]
    assert "it is 4/8 now" in page.content.decode()


def test_minutes_beyond_the_class_are_said_while_editing_and_on_saving_and_stop_nothing(cast, meeting):
    browser, over = client_of(cast.assistant), {"line-0-minutes": "60", "line-1-minutes": "31"}
    fits = browser.post(URL, typed("a", "b", do="add", **over | {"line-1-minutes": "30"})).content.decode()
    assert "90 of 90 minutes" in fits and "longer than the class" not in fits
    warned = browser.post(URL, typed("a", "b", do="add", **over)).content.decode()
    assert "longer than the class: 91 of 90 minutes" in warned
    saved = browser.post(URL, typed("a", "b", **over), follow=True).content.decode()
    assert "Saved. The agenda is longer than the class: 91 of 90 minutes." in saved
    assert meeting.agenda.count() == 2
    assert "91 of 90 minutes" in browser.get(URL).content.decode()


def test_an_empty_agenda_starts_with_one_line(cast):
    assert texts(client_of(cast.assistant).get(URL)) == [None]


@pytest.mark.parametrize(
    ("button", "expected"),
    [
        ("add", ["a", "b", "c", None]),
        ("remove:1", ["a", "c"]),
        ("up:1", ["b", "a", "c"]),
        ("down:1", ["a", "c", "b"]),
        ("up:0", ["a", "b", "c"]),
        ("down:2", ["a", "b", "c"]),
        ("down:99", ["a", "b", "c"]),
        ("remove:99", ["a", "b", "c"]),
    ],
)
def test_buttons_move_lines_and_save_nothing(cast, meeting, button, expected):
    answer = client_of(cast.assistant).post(URL, typed("a", "b", "c", do=button))
    assert answer.status_code == 200
    assert texts(answer) == expected
    assert not meeting.agenda.exists()


def test_what_is_wrong_stays_typed_while_lines_move(cast):
    answer = client_of(cast.assistant).post(URL, typed("a", "b", do="up:1", **{"line-1-minutes": "soon"}))
    assert answer.context["lines"][0]["minutes"].value() == "soon"


@pytest.mark.parametrize(
    "wrong", [{"line-0-minutes": "soon"}, {"line-0-minutes": "0"}, {"line-1-text": " "}, {"line-0-kind": "x"}]
)
def test_a_wrong_line_is_refused_with_every_line_kept(cast, meeting, wrong):
    answer = client_of(cast.assistant).post(URL, typed("First", "Second", **wrong))
    assert answer.status_code == 422
    assert texts(answer)[0] == "First"
    assert 'aria-invalid="true"' in answer.content.decode()
    assert not meeting.agenda.exists()


def test_the_second_editor_keeps_both_versions_and_can_save_knowingly(cast, meeting):
    instructor, assistant = client_of(cast.instructor), client_of(cast.assistant)
    instructor.post(URL, typed("Theirs"))
    answer = assistant.post(URL, typed("Mine"))
    assert answer.status_code == 422
    assert texts(answer) == ["Mine"]
    assert "Theirs" in answer.content.decode()
    assert [line.text for line in meeting.agenda.all()] == ["Theirs"]
    assistant.post(URL, typed("Mine", version=answer.context["version"]))
    assert [line.text for line in ClassMeeting.objects.get(pk=meeting.pk).agenda.all()] == ["Mine"]


def test_moving_a_line_does_not_hide_that_someone_saved_meanwhile(cast):
    instructor, assistant = client_of(cast.instructor), client_of(cast.assistant)
    instructor.post(URL, typed("Theirs"))
    moved = assistant.post(URL, typed("Mine", do="add"))
    assert assistant.post(URL, typed("Mine", version=moved.context["version"])).status_code == 422


@pytest.mark.parametrize("version", ["", "x", "-1", "9" * 40])
def test_a_version_that_is_none_saves_nothing(cast, meeting, version):
    assert client_of(cast.assistant).post(URL, typed("a", version=version)).status_code == 422
    assert not meeting.agenda.exists()


def test_a_line_keeps_pointing_to_an_assignment_that_is_gone(cast, meeting):
    meeting.agenda.create(position=1, text="T8", target={"assignment": "Tutorial 8"})
    instructor = client_of(cast.assistant)
    assert instructor.get(URL).context["lines"][0]["assignment"].value() == "Tutorial 8"
    instructor.post(URL, typed("T8", **{"line-0-assignment": "Tutorial 8"}))
    assert meeting.agenda.get().target == {"assignment": "Tutorial 8"}
