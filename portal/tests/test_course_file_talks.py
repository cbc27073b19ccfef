"""Presentations and peer reviews of a course file: in, out, again, and what cannot be."""

from datetime import date, time
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import call_command

from accounts.errors import DomainError
from courses.models import Course
from mail.models import Message
from portal.course_file.exporting import dump, exported
from portal.course_file.loading import CoursePlan, load, read_folder
from portal.course_file.reading import CourseFileRefusedError
from portal.testing import NOON
from portal.tests.course_files import DEMO, write
from presentations.domain import arranging, plans, rubric, schedule, swaps
from presentations.models import PeerReview, Slot, Team, TeamMember

pytestmark = pytest.mark.django_db
ROSTERS = {name.replace(".csv", "_csv"): (DEMO / name).read_text() for name in ("roster-462.csv", "roster-562.csv")}


@pytest.fixture
def tree() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((DEMO / "course.yaml").read_text("utf-8"))
    return found


def put(folder: Path, tree: dict[str, Any], also_agreed: bool = False) -> CoursePlan:
    return load(read_folder(write(folder, dump(tree), **ROSTERS)), now=NOON, also_agreed=also_agreed)


def talks(course: Course, edition: str = "live") -> dict[int, str]:
    return {
        place.talk.team.number: f"{place.slot.meeting.date:%m-%d}.{place.slot.order}"
        for place in schedule.places(schedule.days(course, edition))
        if place.talk.team
    }


def test_the_demo_is_release_1_with_its_members_confirmed_and_nobody_mailed(tree: dict[str, Any], tmp_path: Path):
    course = put(tmp_path, tree).course
    assert [release.number for release in course.releases.all()] == [1]
    assert talks(course) == talks(course, "draft")
    assert course.slots.live().count() == 10 and talks(course)[9] == "12-05.2"
    assert not TeamMember.objects.filter(confirmed_at=None).exists() and not Message.objects.exists()


def test_a_swap_stays_unless_what_was_agreed_is_to_change_too(tree: dict[str, Any], tmp_path: Path):
    course = put(tmp_path, tree).course
    assert put(tmp_path, tree).is_unchanged
    nine, six = (course.teams.get(number=number) for number in (9, 6))
    november = NOON.replace(year=2023, month=11, day=20)
    swap = swaps.propose(nine, six, by=nine.members.all()[0].enrollment, now=november)
    swaps.accept(swap, by=six.members.all()[0].enrollment, now=november)
    swaps.approve(swap, by=course.enrollments.staff().get(role="instructor"), now=november)
    Message.objects.all().delete()
    again = put(tmp_path, tree)
    assert talks(course)[9] == "12-07.1"
    assert again.lines == ["left alone presentations.schedule (teams 6 and 9 swapped; --also-agreed undoes that)"]
    out = {
        entry["order"]: entry["team"]
        for entry in exported(course)["presentations"]["schedule"]
        if "team" in entry and entry["date"] == "2023-12-05"
    }
    assert out == {1: 15, 2: 6}
    assert put(tmp_path, exported(course)).lines == []
    undone = put(tmp_path, tree, also_agreed=True)
    assert talks(course)[9] == "12-05.2" and talks(course)[6] == "12-07.1"
    assert undone.lines[-1].endswith(": the talks of teams 6, 9 move")
    assert Message.objects.filter(kind="talk_moved").count() == 5


def test_a_swap_by_staff_is_undone_visibly(tree: dict[str, Any], tmp_path: Path):
    course = put(tmp_path, tree).course
    call_command("swap", course.slug, "9", "6", stdout=StringIO())
    assert talks(course)[9] == "12-07.1"
    lines = put(tmp_path, tree).lines
    assert "changed presentations.schedule[2023-12-05, 2].team: 6 → 9" in lines
    assert talks(course)[9] == "12-05.2"


def test_people_of_a_team_stay_unless_what_was_agreed_is_to_change_too(tree: dict[str, Any], tmp_path: Path):
    course = put(tmp_path, tree).course
    moved = tree["presentations"]["teams"][0]["members"].pop()
    tree["presentations"]["teams"].append({"number": 20, "members": [moved]})
    lines = put(tmp_path, tree).lines
    agreed = "its people agreed otherwise; --also-agreed changes them"
    assert f"left alone presentations.teams[1].members ({agreed})" in lines
    assert f"left alone presentations.teams[20].members ({agreed})" in lines
    seats = {team.number: team.members.count() for team in course.teams.filter(number__in=(1, 20))}
    assert seats == {1: 3, 20: 0}
    put(tmp_path, tree, also_agreed=True)
    seats = {team.number: team.members.count() for team in course.teams.filter(number__in=(1, 20))}
    assert seats == {1: 2, 20: 1} and put(tmp_path, tree).is_unchanged


def test_a_changed_file_changes_the_talk_and_keeps_its_reviews(tree: dict[str, Any], tmp_path: Path):
    course = put(tmp_path, tree).course
    before = {talk.team_id: talk.pk for talk in course.presentations.exclude(team=None)}
    tree["presentations"]["schedule"][0]["minutes"] = 25
    tree["presentations"]["schedule"][0]["title"] = "The Gap"
    tree["presentations"]["teams"][0]["name"] = "The Makers"
    put(tmp_path, tree)
    slot = course.slots.live().get(talk__team__number=3)
    assert (slot.minutes, slot.talk.title) == (25, "The Gap")
    assert {talk.team_id: talk.pk for talk in course.presentations.exclude(team=None)} == before
    assert course.releases.count() == 2
    assert set(Message.objects.values_list("kind", flat=True)) == {"talk_moved"}
    assert Team.objects.get(number=1).name == "The Makers"


def test_a_draft_that_staff_are_arranging_is_left_to_them(tree: dict[str, Any], tmp_path: Path):
    course = put(tmp_path, tree).course
    talk = course.presentations.get(team__number=8)
    arranging.move(talk, course.meetings.get(date="2023-11-28"))
    tree["presentations"]["schedule"][0]["minutes"] = 25
    put(tmp_path, tree)
    assert course.slots.live().get(talk=talk).meeting.date.isoformat() == "2023-12-07"
    assert course.slots.filter(edition=Slot.Edition.DRAFT).get(talk=talk).meeting.date.isoformat() == "2023-11-28"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda block: block["teams"][0]["members"].__setitem__(0, "nobody.here"), "on no roster of this file"),
        (lambda block: block["teams"][8]["members"].__setitem__(1, "instructor"), '"instructor" is in team 15'),
        (lambda block: block["teams"][0]["members"].append("dina.demo"), "dina.demo is in team"),
        (lambda block: block.update(sign_up_until="2023-03-12 02:30"), "its clocks skip that hour"),
        (lambda block: block["kinds"].pop(), '"paper" is none of the kinds of this file'),
        (lambda block: block["schedule"][0].update(date="2023-11-29"), "is a Wednesday"),
        (lambda block: block["schedule"][0].update(team=4), "There is no team 4"),
        (lambda block: block["teams"][0]["members"].extend(["nobody.one", "nobody.two"]), "at most 3"),
    ],
)
def test_what_cannot_be_is_refused_whole(tree: dict[str, Any], tmp_path: Path, change: Any, words: str):
    change(tree["presentations"])
    with pytest.raises(CourseFileRefusedError) as refused:
        put(tmp_path, tree)
    matching = [problem for problem in refused.value.problems if words in problem.message]
    assert matching and matching[0].path.startswith("presentations.") and matching[0].line > 1, refused.value.problems
    assert not Course.objects.exists()


@pytest.mark.parametrize(
    ("change", "path", "words"),
    [
        (lambda block: block["criteria"][1].update(key="content"), "criteria[1]", '"content" stands twice'),
        (lambda block: block["comments"][0].update(key="content"), "comments[0].key", "is a key of criteria already"),
        (lambda block: block["criteria"][0].update(min=5), "criteria[0].max", "not from 5 to 5"),
        (lambda block: block["criteria"][0].update(min=0, max=11), "criteria[0].max", "12 steps; at most 11 fit"),
        (lambda block: block["criteria"][0].update(key="send"), "criteria[0].key", "cannot be a key here"),
    ],
)
def test_what_cannot_be_asked_of_reviewers_is_refused(
    tree: dict[str, Any], tmp_path: Path, change: Any, path: str, words: str
):
    change(tree["peer_reviews"])
    with pytest.raises(CourseFileRefusedError) as refused:
        put(tmp_path, tree)
    (problem,) = refused.value.problems
    assert problem.path == f"peer_reviews.{path}" and words in problem.message
    assert not Course.objects.exists()


def test_every_member_who_is_no_student_is_named_with_place_and_line(tree: dict[str, Any], tmp_path: Path):
    put(tmp_path, tree)
    for team, login in ((0, "nobody.one"), (2, "nobody.two")):
        tree["presentations"]["teams"][team]["members"][1] = login
    with pytest.raises(CourseFileRefusedError) as refused:
        put(tmp_path, tree)
    lines = dump(tree).splitlines()
    assert [(problem.path, problem.message) for problem in refused.value.problems] == [
        ("presentations.teams[0].members[1]", '"nobody.one" is in team 1, but on no roster of this file.'),
        ("presentations.teams[2].members[1]", '"nobody.two" is in team 3, but on no roster of this file.'),
    ]
    assert ["nobody" in lines[problem.line - 1] for problem in refused.value.problems] == [True, True]
    assert TeamMember.objects.active().count() == 25, "nothing of it was written"


def staff_change_everything(course: Course) -> None:
    """All that the instructor's pages can change."""
    plan = plans.plan_of(course)
    kinds = [{**plan.kinds[0], "label": "Technology", "minutes": 30}, plan.kinds[1], {"key": "demo", "label": "Demo"}]
    wanted = {"min_size": 2, "max_size": 4, "minutes": 25, "is_public": True, "sign_up_until": NOON}
    plans.change_plan(plan, kinds=kinds, presenting_sections=["TCSS 462", "TCSS 562"], **wanted)
    swaps.change_policy(plan, {9: [6, 3], 1: [2]}, swaps_need_approval=False, swaps_until_hours=48)
    asked = plans.review_plan_of(course)
    criteria = [*asked.criteria[1:], {"key": "depth", "label": "Depth", "min": 0, "max": 10}]
    first = course.sections.get(code="TCSS 462")
    rule = {"required_per_day": 2, "extra_reviews": "none", "is_exempt_on_own_day": True}
    rubric.change(
        asked, criteria=criteria, comments=asked.comments[:1], due_days=3, due_time=time(20), owed={first: rule}
    )
    plans.add_day(course, date(2023, 11, 21))


def test_what_staff_change_is_carried_by_the_export_and_the_file_wins_over_it(tree: dict[str, Any], tmp_path: Path):
    course = put(tmp_path, tree).course
    before = exported(course)
    staff_change_everything(course)
    out = exported(course)
    assert put(tmp_path, out).is_unchanged
    talks, asked = out["presentations"], out["peer_reviews"]
    assert talks["kinds"][0] == {"key": "technology", "label": "Technology", "minutes": 30}
    assert [kind["key"] for kind in talks["kinds"]] == ["technology", "paper", "demo"]
    assert talks["presenting_sections"] == ["TCSS 462", "TCSS 562"] and talks["team_size"]["max"] == 4
    assert (talks["minutes"], talks["public"]) == (25, True)
    assert talks["sign_up_until"] == f"{NOON.astimezone(course.zone):%Y-%m-%d %H:%M}"
    assert talks["swaps"] == {"approval": False, "until_hours": 48}
    assert talks["swaps_allowed"] == [{"team": 9, "with": [6, 3]}, {"team": 1, "with": [2]}]
    assert talks["days"][0] == "2023-11-21" and len(talks["days"]) == 5
    assert [criterion["key"] for criterion in asked["criteria"]] == ["clarity", "slides", "questions", "depth"]
    assert asked["due"] == {"days": 3, "at": "20:00"} and len(asked["comments"]) == 1
    assert asked["rules"][0]["required_per_day"] == 2
    lines = put(tmp_path, tree).lines
    assert "changed presentations.swaps_allowed.9.with" in "".join(lines) or "removed presentations" in "".join(lines)
    assert exported(course)["presentations"]["kinds"] == before["presentations"]["kinds"]
    out["course"]["slug"] = "elsewhere"
    assert exported(put(tmp_path, out).course) == out and before != out


def test_other_criteria_in_the_file_are_refused_once_a_review_is_handed_in(tree: dict[str, Any], tmp_path: Path):
    course = put(tmp_path, tree).course
    talk = course.presentations.get(team__number=3)
    reviewer = course.enrollments.students().filter(section__code="TCSS 462")[0]
    PeerReview.objects.create(presentation=talk, reviewer=reviewer, saved_at=NOON, submitted_at=NOON)
    assert put(tmp_path, tree).is_unchanged
    tree["peer_reviews"]["criteria"][0]["label"] = "Slides"
    with pytest.raises(CourseFileRefusedError) as refused:
        put(tmp_path, tree)
    (problem,) = refused.value.problems
    assert problem.path == "peer_reviews.criteria" and "1 review was handed in already" in problem.message
    assert dump(tree).splitlines()[problem.line - 1].strip() == "criteria:"


def test_a_file_moves_no_talk_that_was_reviewed(tree: dict[str, Any], tmp_path: Path):
    course = put(tmp_path, tree).course
    talk = course.teams.get(number=9).presentations.get()
    reviewer = course.enrollments.filter(section__code="TCSS 462").first()
    PeerReview.objects.create(presentation=talk, reviewer=reviewer, saved_at=NOON, submitted_at=NOON)
    entry = next(row for row in tree["presentations"]["schedule"] if row.get("team") == 9)
    entry |= {"date": "2023-12-07", "order": 9}
    with pytest.raises((DomainError, CourseFileRefusedError), match="reviewed already; it stays on Tue Dec 5"):
        put(tmp_path, tree)
    assert str(talk.slots.live().get().meeting.date) == "2023-12-05"
