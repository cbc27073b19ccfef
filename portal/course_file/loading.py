"""A folder with a course file and its rosters, loaded into the portal: all of it, or nothing."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path as FilePath
from typing import Any

from django.db import transaction

from accounts.errors import DomainError
from courses.domain import calendar, roster
from courses.models import Course
from credits.domain import search
from portal.course_file import booking_blocks, cloudguard_blocks, credit_blocks, hours, splits, writing
from portal.course_file.as_it_stands import tree_of
from portal.course_file.checking import check
from portal.course_file.dates import with_previous
from portal.course_file.merging import merge
from portal.course_file.problems import CourseFileRefused, Problem
from portal.course_file.reading import MAX_BYTES, Marked, dump, read
from portal.course_file.rules_calendar import weeks_between
from portal.course_file.shape import FILE, canonical
from portal.course_file.shifting import shifted, weeks_to
from portal.course_file.tally import Tally
from portal.course_file.writing_calendar import write_calendar
from portal.course_file.writing_talks import strangers_in_teams, write_peer_reviews, write_presentations

FILE_NAME = "course.yaml"
ROWS = {
    "format",
    "course",
    "sections",
    "rosters",
    "staff",
    "meetings",
    "daily_survey",
    "assignments",
    "credits",
    "further_credits",
    *cloudguard_blocks.BLOCKS,
    "office_hours",
    "office_hours_booking",
    "office_hours_polls",
    "presentations",
    "peer_reviews",
}
KEPT_BLOCKS = [name for name in FILE.children if name not in ROWS]
Tree = dict[str, Any]


@dataclass
class Folder:
    """A course file that was read and checked, with its rosters; `weeks` is how far its dates were moved."""

    marked: Marked
    tree: Tree
    text: str
    rosters: dict[str, bytes]
    weeks: int = 0


@dataclass
class Loaded:
    """What a load did."""

    course: Course
    tally: Tally
    weeks: int


def read_folder(path: FilePath, *, around: date | None = None, weeks: int = 0) -> Folder:
    """Read and check a folder, its dates moved by `weeks`, or so that its newest class is in the week of `around`.

    Raises CourseFileRefused with every problem.
    """
    content = _bytes(path / FILE_NAME)
    marked = read(content)
    tree = check(marked)
    rosters = _rosters(path, marked, tree)
    weeks = weeks_to(tree, around) if around else weeks
    if not weeks:
        return Folder(marked, tree, content.decode("utf-8-sig"), rosters)
    text = dump(_moved(tree, weeks))
    later = read(text)
    return Folder(later, check(later), text, rosters, weeks)


def _moved(tree: Tree, weeks: int) -> Tree:
    try:
        return shifted(tree, weeks)
    except DomainError as broken:
        raise CourseFileRefused([Problem("", 1, broken.message)]) from None


def _bytes(path: FilePath) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        sentence = f"{path.name} cannot be read: {error.strerror}."
        raise CourseFileRefused([Problem("", 1, sentence)]) from None


def _rosters(folder: FilePath, marked: Marked, tree: Tree) -> dict[str, bytes]:
    found, problems = {}, []
    for n, name in enumerate(tree.get("rosters", [])):
        path: tuple[str | int, ...] = ("rosters", n)
        try:
            if name in found:
                raise DomainError(f"{name} is named twice.")
            found[name] = (folder / name).read_bytes()
            roster.read(found[name])
        except OSError:
            problems.append(marked.problem(path, f"{name} is not in the folder."))
        except DomainError as broken:
            problems.append(marked.problem(path, broken.message if name in broken.message else f"{name}: {broken}"))
    if problems:
        raise CourseFileRefused(problems)
    return found


@transaction.atomic
def load(folder: Folder, *, now: datetime) -> Loaded:
    """Load a course that was read: a new one whole; over an existing one, what the file changed since the last time.

    Deletes nothing, posts no letter, and leaves what staff changed. Raises CourseFileRefused; then nothing is written.
    """
    _refuse_codes(folder)
    slug = folder.tree["course"]["slug"]
    course = Course.objects.select_for_update(no_key=True).filter(slug=slug).first() or Course(slug=slug)
    named = hours.given_keys(course, folder.tree)
    base, ours = _versions(course)
    _refuse_other_weeks(folder, base)
    base, theirs = hours.keyed(base, named), hours.keyed(with_previous(folder.tree))
    merged = merge(*splits.parted(base, theirs, course), ours)
    tally = Tally(notes=[*cloudguard_blocks.not_installed(folder.marked, folder.tree), *merged.kept])
    try:
        _write(course, folder, merged.tree, tally, now)
        _add_people(course, folder, tally, now)
        _write_talks(course, folder, merged.tree, tally, now)
    except CourseFileRefused:
        raise
    except DomainError as broken:
        raise CourseFileRefused([Problem("", 1, broken.message)]) from broken
    if course.loaded_file != folder.text:
        course.loaded_file = folder.text
        course.save(update_fields=["loaded_file"])
    return Loaded(course, tally, folder.weeks)


def _refuse_codes(folder: Folder) -> None:
    """No credit code that the portal knows stands in a course file: the file is kept in clear."""
    if not search.holds_a_code([folder.text]):
        return
    lines = folder.text.splitlines()
    line = next((number for number, text in enumerate(lines, start=1) if search.holds_a_code([text])), 1)
    raise CourseFileRefused([Problem("", line, "A credit code stands here; codes come in by import_codes only.")])


def _versions(course: Course) -> tuple[Tree, Tree]:
    """The course's file as it was last loaded, and the course as it stands."""
    if course.pk is None:
        return {}, {}
    loaded = loaded_tree(course)
    return with_previous(loaded) if loaded else {}, tree_of(course, loaded)


def loaded_tree(course: Course) -> Tree:
    """The file that the course was last loaded from; empty if it never was."""
    return check(read(course.loaded_file)) if course.loaded_file else {}


def _refuse_other_weeks(folder: Folder, base: Tree) -> None:
    """A file whose dates all lie some weeks beside the last loaded ones is the same file without its `--around`."""
    if not base:
        return
    places = [("course", "starts_on"), ("course", "ends_on"), ("meetings", "first_on"), ("meetings", "last_on")]
    had, has = (canonical(tree, FILE) for tree in (base, folder.tree))
    weeks = {weeks_between(has[block][key], had[block][key]) for block, key in places}
    if len(weeks) == 1 and (off := weeks.pop()):
        side = "before" if off > 0 else "after"
        sentence = (
            f"All its dates lie {abs(off)} weeks {side} those that this course was loaded with; "
            "load it moved as then (--around), or give it another slug."
        )
        raise CourseFileRefused([folder.marked.problem(("course", "starts_on"), sentence)])


@contextmanager
def _blaming(folder: Folder, *path: str | int) -> Iterator[None]:
    """A rule that says no while this place of the file is written is a problem of that place."""
    try:
        yield
    except DomainError as broken:
        raise CourseFileRefused([folder.marked.problem(path, broken.message)]) from broken


def _write(course: Course, folder: Folder, merged: Tree, tally: Tally, now: datetime) -> None:
    tree = canonical(merged, FILE)
    writing.write_course(course, tree, tally)
    writing.write_sections(course, tree, tally)
    writing.write_staff(course, tree, tally)
    with _blaming(folder, "meetings", "no_class"):
        write_calendar(course, tree, tally, now)
    writing.write_assignments(course, tree, tally)
    with _blaming(folder, "daily_survey", "questions"):
        writing.write_survey_plan(course, tree, tally, now)
    with _blaming(folder, "office_hours"):
        hours.write(course, tree.get("office_hours", []), tally, now)
    booking_blocks.write_booking(course, tree, tally)
    with _blaming(folder, "office_hours_polls"):
        booking_blocks.write_polls(course, tree, tally, now)
    credit_blocks.write_credits(course, tree, tally)
    cloudguard_blocks.write(course, tree, tally)
    writing.write_kept_blocks(course, merged, KEPT_BLOCKS, tally)


def _write_talks(course: Course, folder: Folder, merged: Tree, tally: Tally, now: datetime) -> None:
    """What needs the people of the rosters."""
    tree = canonical(merged, FILE)
    if strangers := list(strangers_in_teams(course, folder.tree)):
        raise CourseFileRefused([folder.marked.problem(path, sentence) for path, sentence in strangers])
    with _blaming(folder, "presentations"):
        write_presentations(course, tree, tally, now)
    with _blaming(folder, "peer_reviews", "criteria"):
        write_peer_reviews(course, tree, tally)


def _add_people(course: Course, folder: Folder, tally: Tally, now: datetime) -> None:
    """Add the people of the rosters who are new in them; nobody is dropped, nobody comes back."""
    known = {*course.loaded_logins, *course.enrollments.exclude(login="").values_list("login", flat=True)}
    since = calendar.at(course, course.starts_on, time())
    before = course.enrollments.count()
    listed: set[str] = set()
    for n, (name, content) in enumerate(folder.rosters.items()):
        new = {row.login for row in roster.read(content)} - known
        with _blaming(folder, "rosters", n):
            logins = roster.load(course, content, file_name=name, now=now, only_new=new, enrolled_at=since)
        _remember_file(course, name, set(logins))
        listed |= set(logins)
    added = course.enrollments.count() - before
    tally.count("students", "created", added)
    tally.count("students", "kept", len(listed) - added)
    if folder.rosters and course.loaded_logins != sorted(listed):
        course.loaded_logins = sorted(listed)
        course.save(update_fields=["loaded_logins"])


def _remember_file(course: Course, name: str, logins: set[str]) -> None:
    """Note from which file a section's roster came."""
    for section in course.sections.filter(roster_file="", enrollments__login__in=logins).distinct():
        section.roster_file = name
        section.save(update_fields=["roster_file"])
