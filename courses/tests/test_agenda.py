from datetime import date, datetime, timedelta

import pytest

from accounts.errors import DomainError
from courses.domain import agenda, calendar
from courses.domain.agenda import AgendaChangedError, AgendaLine
from courses.models import AgendaItem, ClassMeeting

NOW = datetime.fromisoformat("2024-04-09T12:00-07:00")


@pytest.fixture
def meeting(cast) -> ClassMeeting:
    """Wednesday April 10 2024, 9:00–10:30."""
    return cast.course.meetings.get(date=date(2024, 4, 10))


def save(meeting: ClassMeeting, *lines: AgendaLine, version: int = 0) -> None:
    agenda.replace(meeting, lines, version=version, now=NOW)


def shown(meeting: ClassMeeting, minutes_in: int) -> list[tuple[str, str, bool, bool]]:
    lines = agenda.shown_lines(meeting, meeting.starts_at + timedelta(minutes=minutes_in))
    zone = meeting.course.zone
    return [
        (x.text, f"{x.starts_at.astimezone(zone):%H:%M}" if x.starts_at else "", x.is_past, x.is_now) for x in lines
    ]


def test_saving_keeps_order_and_what_each_line_points_to(meeting):
    save(meeting, AgendaLine(" Talks ", "presentation", 20, {"team": 3}), AgendaLine("Kubernetes"))
    rows = meeting.agenda.values_list("position", "text", "kind", "minutes", "target")
    assert list(rows) == [(1, "Talks", "presentation", 20, {"team": 3}), (2, "Kubernetes", "other", None, {})]


def test_the_second_of_two_editors_is_told_and_the_first_ones_lines_stay(meeting):
    other = ClassMeeting.objects.get(pk=meeting.pk)
    save(meeting, AgendaLine("Mine"))
    with pytest.raises(AgendaChangedError):
        save(other, AgendaLine("Theirs"))
    assert [line.text for line in meeting.agenda.all()] == ["Mine"]
    save(other, AgendaLine("Theirs"), version=other.agenda_version)
    assert [line.text for line in AgendaItem.objects.filter(meeting=meeting)] == ["Theirs"]


def test_a_line_without_text_saves_nothing(meeting):
    save(meeting, AgendaLine("Kept"))
    with pytest.raises(DomainError, match="no text"):
        save(meeting, AgendaLine("New"), AgendaLine("  "), version=1)
    assert [line.text for line in meeting.agenda.all()] == ["Kept"]
    assert ClassMeeting.objects.get(pk=meeting.pk).agenda_version == 1


def test_previous_stands_for_the_class_held_before_and_follows_the_calendar(meeting):
    save(meeting, AgendaLine("Questions from {previous}", "feedback"))
    assert shown(meeting, 0)[0][0] == "Questions from 4/8"
    before = calendar.previous_meeting(meeting)
    calendar.cancel_meeting(before, reason="Storm", now=before.starts_at)
    assert shown(meeting, 0)[0][0] == "Questions from 4/3"
    assert meeting.agenda.get().text == "Questions from {previous}"


def test_the_first_class_has_no_date_before_it(cast):
    first = cast.course.meetings.first()
    assert agenda.previous_date(first) == "last class"


def test_hours_follow_from_the_minutes_and_stop_where_they_are_not_known(meeting):
    save(meeting, AgendaLine("a", minutes=10), AgendaLine("b", minutes=20), AgendaLine("c"), AgendaLine("d", minutes=5))
    assert [(text, start) for text, start, *_ in shown(meeting, -60)] == [
        ("a", "09:00"),
        ("b", "09:10"),
        ("c", "09:30"),
        ("d", ""),
    ]


def test_without_minutes_no_hour_is_invented_and_no_line_marked(meeting):
    save(meeting, AgendaLine("a"), AgendaLine("b"))
    assert shown(meeting, 30) == [("a", "", False, False), ("b", "", False, False)]


@pytest.mark.parametrize(
    ("minutes_in", "past", "now"),
    [
        (-1, "", ""),
        (0, "", "a"),
        (9, "", "a"),
        (10, "a", "b"),
        (29, "a", "b"),
        (30, "ab", "c"),
        (89, "ab", "c"),
        (90, "", ""),
    ],
)
def test_the_present_line_is_marked_during_class_only(meeting, minutes_in, past, now):
    save(meeting, AgendaLine("a", minutes=10), AgendaLine("b", minutes=20), AgendaLine("c"))
    lines = shown(meeting, minutes_in)
    assert "".join(text for text, _, is_past, _ in lines if is_past) == past
    assert "".join(text for text, *_, is_now in lines if is_now) == now


def test_no_line_is_marked_where_the_present_one_cannot_be_known(meeting):
    save(meeting, AgendaLine("a", minutes=10), AgendaLine("b"), AgendaLine("c"))
    assert [text for text, *_, is_now in shown(meeting, 40) if is_now] == []
    assert [text for text, _, is_past, _ in shown(meeting, 40) if is_past] == ["a"]
