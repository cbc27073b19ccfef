"""A course out of the portal as a course file with its rosters, in the spelling of the file it came from."""

import re
from collections import defaultdict
from datetime import date
from pathlib import Path as FilePath
from typing import Any

from courses.domain import calendar, roster
from courses.models import Course, Section
from portal.course_file import hours
from portal.course_file.as_it_stands import tree_of
from portal.course_file.dates import with_dates
from portal.course_file.loading import FILE_NAME, loaded_tree
from portal.course_file.reading import dump
from portal.course_file.shape import FILE, canonical
from portal.course_file.spelled import spelled

Tree = dict[str, Any]


def export(course: Course, folder: FilePath) -> list[str]:
    """Write `course.yaml` and the rosters into a folder (made if missing); the names of the files."""
    files = {FILE_NAME: dump(exported(course)), **rosters_of(course)}
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name).write_text(text, "utf-8", newline="")
    return list(files)


def exported(course: Course) -> Tree:
    """The course as a file would hold it."""
    loaded = loaded_tree(course)
    tree = tree_of(course, loaded)
    tree["rosters"] = _roster_names(course, loaded)
    for refine in (_as_due_times_were, _with_gaps, _with_cancelled, _with_known_assignments, hours.as_written):
        tree = refine(course, tree, loaded)
    written = spelled(with_dates(tree), loaded, FILE)
    return {key: block for key, block in written.items() if block not in ([], {}) or key in loaded}


def rosters_of(course: Course) -> dict[str, str]:
    """The rosters' text by file name; a section without students needs none."""
    return {name: roster.write_csv(course, sections) for name, sections in _files(course).items()}


def _files(course: Course) -> dict[str, list[Section]]:
    files: dict[str, list[Section]] = defaultdict(list)
    for section in course.sections.order_by("position"):
        if course.enrollments.students().filter(section=section).exists():
            words = "-".join(re.findall(r"[a-z0-9]+", section.code.lower()))
            files[section.roster_file or f"roster-{words or section.position}.csv"].append(section)
    return files


def _roster_names(course: Course, loaded: Tree) -> list[str]:
    names = list(_files(course))
    known = [name for name in loaded.get("rosters", []) if name in names]
    return [*known, *(name for name in names if name not in known)]


def _as_due_times_were(course: Course, tree: Tree, loaded: Tree) -> Tree:
    """An original due time that equals the one that holds is written only if the file did."""
    had = {entry["name"]: entry for entry in loaded.get("assignments", [])}
    assignments = []
    for entry in tree["assignments"]:
        original = canonical(had.get(entry["name"], {}), FILE.child("assignments").entry)["originally_due_at"]
        is_same = entry["originally_due_at"] == entry["due_at"]
        assignments.append({**entry, "originally_due_at": None} if is_same and original is None else entry)
    return {**tree, "assignments": assignments}


def _with_gaps(course: Course, tree: Tree, loaded: Tree) -> Tree:
    """Dates of the weekly rule on which there was no class (staff added the weekday later) as days without class."""
    have = set(course.meetings.values_list("date", flat=True)) | set(
        course.no_class_days.values_list("date", flat=True)
    )
    gaps = [day for day in calendar.rule_dates(course) if day not in have]
    off = [*tree["meetings"]["no_class"], *({"date": day.isoformat(), "reason": ""} for day in gaps)]
    return {**tree, "meetings": {**tree["meetings"], "no_class": off}}


def _with_cancelled(course: Course, tree: Tree, loaded: Tree) -> Tree:
    """A class that was called off is marked so if something is planned for it."""
    meetings, talks = tree["meetings"], tree.get("presentations", {})
    planned = {entry["date"] for entry in meetings["details"] if len(entry) > 3 or entry["title"] or entry["agenda"]}
    planned |= {_day(day) for day in talks.get("days", [])} | {_day(talk["date"]) for talk in talks.get("schedule", [])}
    had = {_day(off["date"]) for off in loaded.get("meetings", {}).get("no_class", []) if off.get("cancelled")}
    off = [{**entry, "cancelled": entry["date"] in planned | had} for entry in meetings["no_class"]]
    return {**tree, "meetings": {**meetings, "no_class": off}}


def _day(text: str) -> str:
    day: date = calendar.parse_date(text)
    return day.isoformat()


def _with_known_assignments(course: Course, tree: Tree, loaded: Tree) -> Tree:
    """An agenda line about an assignment that is gone keeps its text only."""
    names = {entry["name"] for entry in tree["assignments"]}
    meetings = tree["meetings"]
    lists = {key: [_known(entry, names) for entry in meetings[key]] for key in ("extra", "details")}
    return {**tree, "meetings": {**meetings, **lists}}


def _known(entry: Tree, names: set[str]) -> Tree:
    lines = [
        {key: value for key, value in line.items() if key != "assignment" or value in names} for line in entry["agenda"]
    ]
    return {**entry, "agenda": lines}
