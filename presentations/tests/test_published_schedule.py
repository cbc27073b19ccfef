"""Titles and agendas of classes say of teams what the published schedule says, or staff are told."""

import pytest
from django.urls import reverse

from courses.models import AgendaItem
from portal.testing import Cast, client_of
from presentations.domain import arranging, published_schedule, releases, schedule, swaps
from presentations.tests import factories

pytestmark = pytest.mark.django_db
NOW = factories.BEFORE


@pytest.fixture
def talks(cast: Cast):
    """Teams 1, 2 and 3 on three days, each named by its class's title and agenda."""
    found = [factories.talk_of(team) for team in factories.released(cast, swaps_need_approval=False)]
    for n, day in enumerate(factories.DAYS, start=1):
        meeting = factories.meeting(cast, day)
        meeting.title = f"Team {n} Presentation, Part {n} of the course"
        meeting.save()
        line(meeting, 1, "presentation", f"T{n}", {"team": n})
        line(meeting, 2, "lecture", "Lecture")
    return found


def line(meeting, position: int, kind: str, text: str, target=None) -> AgendaItem:
    return AgendaItem.objects.create(meeting=meeting, position=position, kind=kind, text=text, target=target or {})


def titles_and_agendas(cast: Cast) -> list[tuple[str, list[str]]]:
    """Title and agenda of each day, in order."""
    meetings = [factories.meeting(cast, day) for day in factories.DAYS]
    return [(meeting.title.partition(",")[0], [item.text for item in meeting.agenda.all()]) for meeting in meetings]


def warnings(cast: Cast) -> list[str]:
    return [finding.message for finding in releases.check_classes(cast.course, schedule.days(cast.course))]


def test_after_a_swap_title_and_agenda_of_both_classes_name_who_presents_there(cast: Cast, talks):
    swaps.swap_by_staff(cast.course, 1, 2, by=None, now=NOW)
    assert titles_and_agendas(cast) == [
        ("Team 2 Presentation", ["T2", "Lecture"]),
        ("Team 1 Presentation", ["T1", "Lecture"]),
        ("Team 3 Presentation", ["T3", "Lecture"]),
    ]
    assert factories.meeting(cast, factories.DAYS[0]).agenda_version == 1, "an editor who has it open is told"
    assert factories.meeting(cast, factories.DAYS[2]).agenda_version == 0
    assert warnings(cast) == []


def test_a_move_is_followed_when_it_is_released_not_before(cast: Cast, talks):
    talk1, talk2, _ = talks
    before = titles_and_agendas(cast)
    arranging.move(talk1, factories.meeting(cast, factories.DAYS[1]), position=1)
    assert titles_and_agendas(cast) == before
    releases.release(cast.course, by=None, now=NOW)
    assert titles_and_agendas(cast) == [
        ("Team 1 Presentation", ["Lecture"]),
        ("Team 1 & Team 2 Presentation", ["T1", "Lecture", "T2"]),
        ("Team 3 Presentation", ["T3", "Lecture"]),
    ]
    assert warnings(cast) == ["The title of the class on Wed Apr 10 names team 1, which presents on Mon Apr 15."]
    page = client_of(cast.instructor).get(reverse("arrange", args=[cast.course.slug])).content.decode()
    assert "names team 1, which presents on Mon Apr 15" in page
    arranging.nudge(talk2, by=-1)
    releases.release(cast.course, by=None, now=NOW)
    assert titles_and_agendas(cast)[1] == ("Team 2 & Team 1 Presentation", ["T2", "Lecture", "T1"])


def test_a_talk_that_leaves_the_schedule_takes_its_line_along(cast: Cast, talks):
    arranging.unplace(talks[0])
    releases.release(cast.course, by=None, now=NOW)
    assert titles_and_agendas(cast)[0] == ("Team 1 Presentation", ["Lecture"])
    assert warnings(cast) == [], "a team that presents nowhere contradicts nothing"


def test_several_lines_of_a_team_go_together_and_a_rehearsal_elsewhere_stays(cast: Cast, talks):
    first, third = factories.meeting(cast, factories.DAYS[0]), factories.meeting(cast, factories.DAYS[2])
    line(first, 3, "presentation", "T1, questions", {"team": 1})
    line(third, 3, "presentation", "T1 rehearses", {"team": 1})
    swaps.swap_by_staff(cast.course, 1, 2, by=None, now=NOW)
    assert [lines for _, lines in titles_and_agendas(cast)] == [
        ["T2", "Lecture"],
        ["T1", "Lecture", "T1, questions"],
        ["T3", "Lecture", "T1 rehearses"],
    ]


@pytest.mark.parametrize(
    ("text", "there", "here", "becomes"),
    [
        (
            "Team 3 & Team 1 Presentations, Kubernetes II",
            [3, 1],
            [3, 6],
            "Team 3 & Team 6 Presentations, Kubernetes II",
        ),
        ("Teams 3, 1 and 2", [1, 2, 3], [4, 5], "Teams 4 and 5"),
        ("Teams 3 and 1", [1, 3], [7], "Team 7"),
        ("Talks: Team 3", [3], [7, 8, 9], "Talks: Team 7, Team 8 & Team 9"),
        ("Team 3 & Team 1", [3, 1, 2], [4], "Team 3 & Team 1"),
        ("Team 3", [3], [], "Team 3"),
        ("Team 34 and a half", [3], [4], "Team 34 and a half"),
        ("Teamwork 3", [3], [4], "Teamwork 3"),
    ],
)
def test_only_a_text_that_names_exactly_the_teams_of_its_day_is_renamed(text, there, here, becomes):
    assert published_schedule._renamed(text, there, here) == becomes
