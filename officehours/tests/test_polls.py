"""The availability poll: the windows that reach most students, small groups hidden, and one click to office hours."""

from collections.abc import Iterator
from datetime import date, time
from itertools import combinations

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from accounts.errors import DomainError
from courses.models import Enrollment, Section
from officehours.domain import polls
from officehours.models import AvailabilityPoll, HoursSeries, PollAnswer
from officehours.templatetags.hours_time import window_hours
from officehours.tests.factories import fill
from portal.testing import NOON, Cast, client_of, enroll

pytestmark = pytest.mark.django_db
HOME = "/c/cs101-s24/office-hours/"


@pytest.fixture(autouse=True)
def _at_noon() -> Iterator[None]:
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def poll(cast: Cast) -> AvailabilityPoll:
    return AvailabilityPoll.objects.create(
        course=cast.course, weekdays=[1, 4], start=time(9), end=time(11), opened_at=NOON
    )


def say(poll: AvailabilityPoll, people: list[Enrollment], *windows: str, how: str = "yes") -> None:
    for person in people:
        polls.answer(poll, by=person, given=dict.fromkeys(windows, how))


def closed(poll: AvailabilityPoll) -> polls.Result:
    polls.close(poll, now=NOON)
    return polls.result_of(poll)


def publish(cast: Cast, poll: AvailabilityPoll, *keys: str) -> list[HoursSeries]:
    first_on = NOON.date()
    return polls.publish(poll, keys, host=cast.instructor.user, place="", first_on=first_on, now=NOON)


def test_the_grid_has_whole_windows_only(poll: AvailabilityPoll):
    poll.minutes = 45
    assert [window.key for window in polls.windows_of(poll)] == ["1 09:00", "1 09:45", "4 09:00", "4 09:45"]
    second = polls.windows_of(poll)[1]
    assert (second.day, window_hours(second)) == ("Tuesday", "9:45–10:30 am")
    rows = [[window.key for window in row] for row in polls.grid_of(poll)]
    assert rows == [["1 09:00", "4 09:00"], ["1 09:45", "4 09:45"]]


def test_one_answer_a_student_which_can_change_until_it_closes(cast: Cast, poll: AvailabilityPoll):
    polls.answer(poll, by=cast.student, given={"1 09:00": "yes", "9 09:00": "yes", "4 09:00": "perhaps"})
    assert PollAnswer.objects.get().windows == {"1 09:00": "yes"}
    polls.answer(poll, by=cast.student, given={"4 10:00": "maybe"})
    assert PollAnswer.objects.get().windows == {"4 10:00": "maybe"}
    polls.close(poll, now=NOON)
    poll.refresh_from_db()
    with pytest.raises(DomainError, match="closed"):
        polls.answer(poll, by=cast.student, given={})


def test_an_answer_without_a_time_is_refused_and_the_one_before_stays(cast: Cast, poll: AvailabilityPoll):
    student, url = client_of(cast.student), f"{HOME}polls/{poll.pk}/"
    words = "You marked no time. If none suits you, ask for an appointment instead; nothing was noted."
    refused = student.post(url, {})
    assert refused.status_code == 422 and words in refused.content.decode() and not PollAnswer.objects.exists()
    student.post(url, {"maybe": "1 09:00"})
    assert student.post(url, {}).status_code == 422
    assert PollAnswer.objects.get().windows == {"1 09:00": "maybe"}
    polls.close(poll, now=NOON)
    late = student.post(url, {"yes": "1 09:00"})
    assert late.status_code == 422 and "what you said before it closed still counts" in late.content.decode()


def test_the_times_that_do_if_need_be_look_otherwise(cast: Cast, poll: AvailabilityPoll):
    page = client_of(cast.student).get(f"{HOME}polls/{poll.pk}/").content.decode()
    assert page.index('<table class="grid">') < page.index('<table class="grid if-need-be">')


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"minutes": "15", "weekdays": ["0", "1", "2", "3"], "start": "09:00", "end": "14:00"},
         "This grid has 80 windows; it must have 1 to 60: ask about fewer days or hours, or make the windows longer."),
        ({"minutes": "120", "weekdays": ["0"], "start": "09:00", "end": "10:00"},
         "This grid has 0 windows; it must have 1 to 60: ask about more hours, or make the windows shorter."),
    ],
)  # fmt: skip
def test_a_grid_of_a_wrong_size_says_what_to_change(cast: Cast, typed: dict[str, object], words: str):
    refused = client_of(cast.instructor).post(f"{HOME}polls/new", {"question": "When?", **typed})
    assert refused.status_code == 422 and words in refused.content.decode()


def test_the_best_windows_with_their_reach_by_section(cast: Cast, poll: AvailabilityPoll):
    people = fill(cast.course, 18)  # twelve in the first section, six in the second
    first = [person for person in people if person.section.code == "CS 101"]
    second = [person for person in people if person.section.code == "CS 501"]
    say(poll, first[:8], "1 09:00")
    say(poll, [*first[8:], *second], "4 10:00", how="maybe")
    result = closed(poll)
    assert (result.answered, result.students) == (18, 20)
    row, two, three = result.best
    assert ([window.key for window in row.windows], row.reached) == (["4 10:00"], 10)
    assert ([window.key for window in two.windows], two.reached) == (["1 09:00", "4 10:00"], 18)
    assert [(part.name, part.reached, part.answered) for part in row.sections] == [("CS 101", 4, 12), ("CS 501", 6, 6)]
    assert three.reached == 18


def test_wholehearted_answers_decide_between_equals(cast: Cast, poll: AvailabilityPoll):
    for person in fill(cast.course, 6):
        polls.answer(poll, by=person, given={"1 09:00": "maybe", "1 10:00": "yes"})
    assert [window.key for window in closed(poll).best[0].windows] == ["1 10:00"]


def test_small_groups_are_hidden_and_never_one_alone(cast: Cast, poll: AvailabilityPoll):
    people = fill(cast.course, 12)
    second = [person for person in people if person.section.code == "CS 501"]
    assert len(second) == polls.FEWEST - 1
    say(poll, people, "1 09:00")
    assert {(part.reached, part.answered) for part in closed(poll).best[0].sections} == {(None, None)}


def test_fewer_than_five_answers_are_never_shown_nor_published(cast: Cast, poll: AvailabilityPoll):
    say(poll, fill(cast.course, polls.FEWEST - 1), "1 09:00")
    assert (closed(poll).answered, closed(poll).best) == (polls.FEWEST - 1, [])
    with pytest.raises(DomainError, match="closed poll with 5 answers or more"):
        publish(cast, poll, "1 09:00")
    assert not HoursSeries.objects.exists()


def test_while_it_is_open_only_the_number_of_answers_is_known(cast: Cast, poll: AvailabilityPoll):
    say(poll, fill(cast.course, 9), "1 09:00")
    assert polls.result_of(poll) == polls.Result(9, 11, [])
    with pytest.raises(DomainError, match="closed poll"):
        publish(cast, poll, "1 09:00")
    page = client_of(cast.instructor).get(f"{HOME}polls/{poll.pk}/").content.decode()
    assert "9 of 11 answered" in page and "Reaches" not in page and "Publish" not in page


def test_sections_are_hidden_until_they_are_five_people_together():
    sizes = {"A": 10, "B": 1, "C": 1, "D": 6}
    sections = {code: Section(code=code) for code in sizes}
    answers = [
        PollAnswer(student=Enrollment(section=sections[code]), windows={"0 09:00": "yes"})
        for code, size in sizes.items()
        for _ in range(size)
    ]
    (window,) = [polls.PollWindow(0, time(9), time(10))]
    shown = [(part.name, part.answered) for part in polls.best([window], answers, 1).sections]
    assert shown == [("A", 10), ("B", None), ("C", None), ("D", None)]


def test_an_answer_to_a_poll_that_was_closed_meanwhile_is_refused(cast: Cast, poll: AvailabilityPoll):
    polls.close(AvailabilityPoll.objects.get(), now=NOON)
    with pytest.raises(DomainError, match="This poll is closed"):
        polls.answer(poll, by=cast.student, given={"1 09:00": "yes"})
    assert not PollAnswer.objects.exists()


def test_who_was_dropped_before_it_closed_does_not_count(cast: Cast, poll: AvailabilityPoll):
    people = fill(cast.course, 6)
    say(poll, people, "1 09:00")
    Enrollment.objects.filter(pk=people[0].pk).update(dropped_at=NOON)
    assert polls.result_of(poll).answered == 5
    assert (closed(poll).answered, closed(poll).students) == (5, 7)


def test_nobody_who_leaves_or_comes_back_later_can_be_told_from_figures(cast: Cast, poll: AvailabilityPoll):
    people = fill(cast.course, 7)
    say(poll, people[:6], "1 09:00")
    say(poll, people[6:], "4 10:00")
    drop = Enrollment.objects.filter(pk=people[0].pk)
    drop.update(dropped_at=NOON)
    before = closed(poll)
    drop.update(dropped_at=None)
    Enrollment.objects.filter(pk=people[6].pk).update(dropped_at=NOON)
    polls.close(poll, now=NOON)
    assert polls.result_of(poll) == before and before.answered == 6


@given(st.lists(st.sets(st.integers(0, 5)), min_size=1, max_size=12), st.integers(1, 3))
def test_no_other_set_reaches_more(answers_: list[set[int]], k: int):
    windows = [polls.PollWindow(n % 5, time(9 + n), time(10 + n)) for n in range(6)]
    section = Section(code="CS 1")
    answers = [
        PollAnswer(student=Enrollment(section=section), windows={windows[n].key: "yes" for n in some})
        for some in answers_
    ]
    best = polls.best(windows, answers, k)
    reach = [sum(bool(some & set(chosen)) for some in answers_) for chosen in combinations(range(6), k)]
    assert best.reached == max(reach)


@given(st.lists(st.dictionaries(st.integers(0, 5), st.sampled_from(["yes", "maybe"])), max_size=70), st.integers(1, 3))
def test_the_set_is_the_first_of_those_that_reach_most_and_most_gladly(answers_: list[dict[int, str]], k: int):
    windows = [polls.PollWindow(n % 5, time(9 + n), time(10 + n)) for n in range(6)]
    student = Enrollment(section=Section(code="CS 1"))
    answers = [
        PollAnswer(student=student, windows={windows[n].key: how for n, how in answers.items()}) for answers in answers_
    ]

    def worth(some: tuple[int, ...]) -> tuple[int, int]:
        reached = sum(any(n in answers for n in some) for answers in answers_)
        return reached, sum(any(answers.get(n) == "yes" for n in some) for answers in answers_)

    found = polls.best(windows, answers, k)
    first = max(combinations(range(6), k), key=worth)
    assert [windows.index(window) for window in found.windows] == list(first)
    assert found.reached == worth(first)[0]


def test_of_too_many_sets_one_is_built_up_window_by_window(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(polls, "MOST_SETS", 0)
    windows = [polls.PollWindow(n, time(9), time(10)) for n in range(4)]
    student = Enrollment(section=Section(code="CS 1"))
    answers_ = [{0}, {0, 1}, {0, 1}, {1, 2}, {2}, {3}, {3}]
    answers = [PollAnswer(student=student, windows={windows[n].key: "maybe" for n in some}) for some in answers_]
    found = polls.best(windows, answers, 3)
    assert ([window.weekday for window in found.windows], found.reached) == ([0, 2, 3], 7)


def test_from_the_question_to_published_hours(cast: Cast):
    staff, student = client_of(cast.instructor), client_of(cast.student)
    asked: dict[str, object] = {
        "question": "When?",
        "weekdays": ["1", "4"],
        "start": "09:00",
        "end": "11:00",
        "minutes": "60",
    }
    for wrong, words in [({"end": "08:00"}, "ends before it starts"), ({"minutes": "180"}, "has 0 windows")]:
        refused = staff.post(f"{HOME}polls/new", {**asked, **wrong})
        assert refused.status_code == 422 and words in refused.content.decode()
    staff.post(f"{HOME}polls/new", asked)
    poll = AvailabilityPoll.objects.get()
    url = f"{HOME}polls/{poll.pk}/"
    assert "When?" in student.get(HOME).content.decode()
    refused = student.post(url, {"yes": ["1 09:00", "2 09:00"], "maybe": ["4 10:00"]})
    assert refused.status_code == 422 and "does not ask about this time" in refused.content.decode()
    assert refused.content.decode().count("checked") == 2  # what can be kept is kept
    for n in range(5):
        client_of(enroll(cast.course, f"Student {n}")).post(url, {"yes": "4 10:00", "maybe": "4 10:00"})
    assert "Change my answer" in student.post(url, {"maybe": "1 09:00"}, follow=True).content.decode()
    assert {tuple(answer.windows.items()) for answer in PollAnswer.objects.all()} == {
        (("4 10:00", "yes"),), (("1 09:00", "maybe"),),
    }  # fmt: skip
    assert "Close it for good with 6 answers" in staff.get(url).content.decode()
    shown = staff.post(f"{url}close", follow=True).content.decode()
    assert "6 of 7 answered" in shown and "Reaches 5 of 6" in shown and "Reaches 6 of 6" in shown
    assert "Ada" not in shown
    chosen = {"keys": "1 09:00,4 10:00", "place": "CP 229", "first_on": "2024-04-09"}
    for wrong, words in [({"first_on": "soon"}, "soon"), ({"first_on": "2024-06-13"}, "no such weekday")]:
        refused = staff.post(f"{url}publish", {**chosen, **wrong})
        page = refused.content.decode()
        assert refused.status_code == 422 and words in page and page.count('value="CP 229"') == 1
    assert not HoursSeries.objects.exists()
    unknown = staff.post(f"{url}publish", {**chosen, "keys": "6 09:00"})
    assert unknown.status_code == 422 and "one of the poll" in unknown.content.decode()
    assert staff.post(f"{url}publish", chosen).status_code == 302
    staff.post(f"{url}publish", chosen)
    rows = HoursSeries.objects.order_by("weekday").values_list("weekday", "start", "place", "host", "last_on")
    host, last = cast.instructor.user_id, date(2024, 6, 14)
    assert list(rows) == [(1, time(9), "CP 229", host, last), (4, time(10), "CP 229", host, last)]
    assert "Set from the survey, 6 of 7 answered" in student.get(HOME).content.decode()
    assert "This poll is closed" in student.get(url).content.decode()
