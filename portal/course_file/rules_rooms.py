"""Rules of surveys, agendas, talks and reviews in a course file. Each yields a place and a sentence."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from portal.course_file.dates import dates_of
from portal.course_file.problems import Path
from portal.course_file.rules_calendar import is_skipped
from presentations.domain import rubric
from questionnaires.questions import problems

Tree = dict[str, Any]
Found = Iterator[tuple[Path, str]]
FREE_KINDS = {"practice", "guest", "break", "other"}


def agenda_assignments(blocks: Tree) -> Found:
    """An agenda names assignments that are in the file."""
    names = {assignment["name"] for assignment in blocks.get("assignments", [])}
    lines = (
        (("meetings", key, n, "agenda", m, "assignment"), line.get("assignment", ""))
        for key in ("extra", "details")
        for n, detail in enumerate(blocks["meetings"].get(key, []))
        for m, line in enumerate(detail["agenda"])
    )
    for path, name in lines:
        if name and name not in names:
            yield path, f'"{name}" is none of the assignments of this file.'


def questions(blocks: Tree) -> Found:
    """Each question says what its kind needs, and nothing of another kind."""
    for n, question in enumerate(blocks["daily_survey"]["questions"]):
        for below, sentence in problems(question):
            yield ("daily_survey", "questions", n, *below), sentence


def presentation_days(blocks: Tree) -> Found:
    """Talks are given in class."""
    dates, talks = dates_of(blocks["meetings"]), blocks["presentations"]
    for n, day in enumerate(talks.get("days", [])):
        if why_not := dates.why_not(date.fromisoformat(day)):
            yield ("presentations", "days", n), why_not
    for n, talk in enumerate(talks.get("schedule", [])):
        if why_not := dates.why_not(date.fromisoformat(talk["date"])):
            yield ("presentations", "schedule", n, "date"), why_not


def talks(blocks: Tree) -> Found:
    """A talk is given by a team of the file, or a guest, on a presentation day, and is of a kind of the file."""
    block = blocks["presentations"]
    numbers = {team["number"] for team in block.get("teams", [])}
    kinds = {kind["key"] for kind in block.get("kinds", [])}
    for n, talk in enumerate(block.get("schedule", [])):
        path: Path = ("presentations", "schedule", n)
        if "team" in talk and talk["team"] not in numbers:
            yield (*path, "team"), f"There is no team {talk['team']} in this file."
        if "team" in talk and talk["guest"]:
            yield (*path, "guest"), "A talk is given by a team or by a guest, not by both."
        if "kind" in talk and talk["kind"] not in kinds | FREE_KINDS:
            yield (*path, "kind"), f'"{talk["kind"]}" is none of the kinds of this file.'
        if "days" in block and talk["date"] not in block["days"]:
            yield (*path, "date"), f"{talk['date']} is none of the presentation days."


def teams(blocks: Tree) -> Found:
    """A person is in one team at most; swaps are between teams of the file."""
    block = blocks["presentations"]
    size = block.get("team_size", {"min": 1, "max": 1})
    if size["min"] > size["max"]:
        yield (
            ("presentations", "team_size", "min"),
            f"A team of at least {size['min']} and at most {size['max']} cannot be.",
        )
    team_of: dict[str, int] = {}
    for n, team in enumerate(block.get("teams", [])):
        if "team_size" in block and len(team["members"]) > size["max"]:
            yield (
                ("presentations", "teams", n, "members"),
                f"Team {team['number']} has {len(team['members'])} people; a team has at most {size['max']}.",
            )
        for m, login in enumerate(team["members"]):
            if login in team_of:
                yield ("presentations", "teams", n, "members", m), f"{login} is in team {team_of[login]} already."
            team_of[login] = team["number"]
    numbers = {team["number"] for team in block.get("teams", [])}
    for n, swap in enumerate(block.get("swaps_allowed", [])):
        for number in sorted({swap["team"], *swap["with"]} - numbers):
            yield ("presentations", "swaps_allowed", n), f"There is no team {number} in this file."


def sign_up(blocks: Tree) -> Found:
    """Teams form until a time that the clocks of the course show."""
    text, zone = blocks["presentations"]["sign_up_until"], ZoneInfo(blocks["course"]["timezone"])
    if text and is_skipped(datetime.fromisoformat(text), zone):
        yield ("presentations", "sign_up_until"), f"{text} does not exist in {zone.key}: its clocks skip that hour."


def asked_of_reviewers(blocks: Tree) -> Found:
    """Each criterion and comment has a key of its own; and says what its kind needs."""
    block = blocks["peer_reviews"]
    for name, n, below, sentence in rubric.problems(block.get("criteria", []), block.get("comments", [])):
        yield ("peer_reviews", name, n, *below), sentence


def named_sections(blocks: Tree) -> Found:
    """Sections are named as the file has them."""
    codes = {section["code"] for section in blocks["sections"]}
    presenting = blocks.get("presentations", {}).get("presenting_sections", [])
    named: list[tuple[Path, str]] = [
        *((("presentations", "presenting_sections", n), code) for n, code in enumerate(presenting)),
        *((("credits", "sections", n), code) for n, code in enumerate(blocks.get("credits", {}).get("sections", []))),
        *(
            (("further_credits", n, "sections", m), code)
            for n, pool in enumerate(blocks.get("further_credits", []))
            for m, code in enumerate(pool.get("sections", []))
        ),
        *(
            (("peer_reviews", "rules", n, "section"), rule["section"])
            for n, rule in enumerate(blocks.get("peer_reviews", {}).get("rules", []))
        ),
    ]
    for path, code in named:
        if code not in codes:
            yield path, f'"{code}" is none of the sections of this file.'


def credit_pools(blocks: Tree) -> Found:
    """Pools are told apart by their programme; the first one stands in `credits`."""
    first = blocks.get("credits")
    if first is None:
        yield ("further_credits", 0), 'The first pool stands under "credits"; this block is for others beside it.'
        return
    for n, pool in enumerate(blocks["further_credits"]):
        if pool["program"] == first.get("program", ""):
            yield ("further_credits", n, "program"), f'"{pool["program"]}" is the pool under "credits" already.'
