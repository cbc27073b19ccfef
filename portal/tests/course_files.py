"""Course files for tests: a small one, the demo's, and any number of generated ones."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from hypothesis import strategies as st

from courses.course_file.planning import says
from courses.domain.course_schema import canonical, in_order, with_defaults
from portal.course_file.checking import file_schema
from portal.course_file.exporting import dump
from portal.course_file.loading import CoursePlan, load, read_folder
from portal.testing import NOON

DEMO = Path(settings.BASE_DIR) / "demo"
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def small() -> dict[str, Any]:
    """A course of four classes, with every block that the portal reads into rows."""
    return {
        "format": "course-file/1",
        "course": {
            "slug": "cs9",
            "code": "CS 9",
            "title": "Invented",
            "timezone": "Europe/Berlin",
            "starts_on": "2024-04-01",
            "ends_on": "2024-05-01",
            "login_email_domain": "students.example.edu",
        },
        "sections": [{"code": "CS 9"}],
        "staff": [{"name": "Wren Instructor", "email": "wren@example.edu", "role": "instructor"}],
        "meetings": {
            "weekly": [{"weekday": "tuesday", "start": "10:00", "end": "11:30", "place": "H 1"}],
            "first_on": "2024-04-02",
            "last_on": "2024-04-23",
            "details": [
                {
                    "date": "2024-04-09",
                    "title": "Second",
                    "agenda": [{"text": "Questions from 4/2", "kind": "feedback"}],
                }
            ],
        },
        "daily_survey": {
            "questions": [{"key": "pace", "kind": "scale", "min": 1, "max": 5, "prompt": "The pace?"}],
        },
        "assignments": [
            {"name": "Sheet 1", "due_at": "2024-04-12 18:00"},
            {"name": "Sheet 2", "due_at": "2024-04-19 18:00"},
        ],
        "credits": {"program": "Invented credits", "value_usd": "100.00"},
    }


def write(folder: Path, tree: Any, **files: str) -> Path:
    """A folder with this course file (a tree, or its text) and these files beside it."""
    folder.mkdir(parents=True, exist_ok=True)
    text = tree if isinstance(tree, str) else dump(tree)
    (folder / "course.yaml").write_text(text, "utf-8", newline="")
    for name, content in files.items():
        (folder / name.replace("_csv", ".csv")).write_text(content, "utf-8")
    return folder


def load_tree(folder: Path, tree: Any, **files: str) -> CoursePlan:
    """Load a course file through a folder."""
    return load(read_folder(write(folder, tree, **files)), now=NOON)


def meaning(tree: dict[str, Any]) -> dict[str, Any]:
    """What a course file says, however it says it: canonical, with defaults, entries that say nothing left out."""
    schema = file_schema()
    normalized = with_defaults(in_order(canonical(tree, schema), schema), schema)
    normalized["meetings"]["details"] = [entry for entry in normalized["meetings"]["details"] if says(entry)]
    for hours in normalized.get("office_hours", []):
        hours.setdefault("key", f"{hours['host']} {hours['weekday']} {hours['start']}")
    return {name: block for name, block in normalized.items() if block != []}


WORDS = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs")), min_size=1, max_size=40)
NAMES = WORDS.filter(lambda text: text.strip() == text)


@st.composite
def clock(draw: Any, first: int = 0, last: int = 23 * 60) -> int:
    """A time of day, in minutes."""
    return draw(st.integers(first, last))


def spelled_time(minutes: int) -> str:
    """Minutes as 09:05."""
    return f"{minutes // 60:02}:{minutes % 60:02}"


@st.composite
def weekly_time(draw: Any, weekday: str) -> dict[str, str]:
    """One class of the week."""
    start = draw(clock())
    end = draw(clock(start + 1, 24 * 60 - 1))
    entry = {"weekday": weekday, "start": spelled_time(start), "end": spelled_time(end)}
    return entry | draw(st.fixed_dictionaries({}, optional={"place": NAMES}))


@st.composite
def agenda(draw: Any, names: list[str]) -> list[dict[str, Any]]:
    """An agenda that may point to assignments."""
    kinds = st.sampled_from(["lecture", "feedback", "assignments", "schedule", "break", "other"])
    optional = {"kind": kinds, "minutes": st.integers(1, 200), "team": st.integers(0, 30)}
    if names:
        optional["assignment"] = st.sampled_from(names)
    return draw(st.lists(st.fixed_dictionaries({"text": NAMES}, optional=optional), max_size=4))


@st.composite
def question(draw: Any, key: str) -> dict[str, Any]:
    """A scale with any ends, or a text."""
    base = {"key": key, "prompt": draw(NAMES), **draw(st.fixed_dictionaries({}, optional={"required": st.booleans()}))}
    if draw(st.booleans()):
        return {**base, "kind": "text"}
    low = draw(st.integers(-20, 20))
    high = low + draw(st.integers(1, 10))
    anchors = draw(st.dictionaries(st.integers(low, high).map(str), NAMES, max_size=3))
    return {**base, "kind": "scale", "min": low, "max": high, **({"anchors": anchors} if anchors else {})}


@st.composite
def assignments(draw: Any, first: date) -> list[dict[str, Any]]:
    """Assignments with due times at which no clock is put forward."""
    names = draw(st.lists(NAMES, max_size=4, unique=True))
    due = st.builds(
        lambda days, minutes: f"{first + timedelta(days=days)} {spelled_time(minutes)}",
        st.integers(0, 90),
        clock(5 * 60, 24 * 60 - 1),
    )
    optional = {
        "title": NAMES,
        "state": st.sampled_from(["draft", "announced", "posted"]),
        "extra_credit": st.booleans(),
        "required": st.booleans(),
        "topics": st.lists(NAMES, max_size=3),
        "notes": st.lists(NAMES, max_size=3),
        "due_at": due,
        "originally_due_at": due,
        "url": st.just("https://example.edu/sheet"),
    }
    return [{"name": name, **draw(st.fixed_dictionaries({}, optional=optional))} for name in names]


@st.composite
def course_files(draw: Any) -> dict[str, Any]:
    """Any course that a file can hold, in the blocks that become rows."""
    first = draw(st.dates(date(2023, 1, 1), date(2026, 12, 31)))
    last = first + timedelta(days=draw(st.integers(0, 60)))
    days = draw(st.lists(st.sampled_from(WEEKDAYS), min_size=1, max_size=3, unique=True))
    rule = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    rule = [day for day in rule if WEEKDAYS[day.weekday()] in days]
    off = draw(st.lists(st.sampled_from(rule), max_size=3, unique=True)) if rule else []
    meeting_days = [day for day in rule if day not in off]
    detailed = draw(st.lists(st.sampled_from(meeting_days), max_size=4, unique=True)) if meeting_days else []
    sheets = draw(assignments(first))
    names = [sheet["name"] for sheet in sheets]
    details = [
        {"date": str(day), **draw(st.fixed_dictionaries({}, optional={"title": NAMES, "agenda": agenda(names)}))}
        for day in detailed
    ]
    meetings = {
        "weekly": [draw(weekly_time(day)) for day in days],
        "first_on": str(first),
        "last_on": str(last),
        **draw(st.fixed_dictionaries({}, optional={"first_number": st.integers(0, 40)})),
        **({"no_class": [{"date": str(day)} for day in off]} if off else {}),
        **({"details": details} if details else {}),
    }
    course = {
        "slug": "generated",
        "code": draw(NAMES),
        "title": draw(NAMES),
        "timezone": draw(st.sampled_from(["America/Los_Angeles", "Europe/Berlin", "Asia/Kolkata", "UTC"])),
        "starts_on": str(first),
        "ends_on": str(last),
        **draw(st.fixed_dictionaries({}, optional={"term": NAMES, "accent": st.sampled_from(["teal", "purple"])})),
    }
    codes = draw(st.lists(NAMES, min_size=1, max_size=5, unique=True))
    keys = draw(st.lists(st.from_regex(r"\A[a-z_]{1,8}\Z"), min_size=1, max_size=4, unique=True))
    points = st.sampled_from(["0", "1", "1.0", "0.50", "12.25"])
    survey = {
        **draw(
            st.fixed_dictionaries(
                {},
                optional={
                    "title": NAMES,
                    "points": points,
                    "closes": st.sampled_from(["course end", "next meeting"]),
                    "due": st.fixed_dictionaries({"days": st.integers(0, 3), "at": st.just("18:30")}),
                    "reminder": st.just({"days": 1, "at": "08:00"}),
                },
            )
        ),
        "questions": [draw(question(key)) for key in keys],
    }
    staff = [{"name": "Wren Instructor", "email": "wren@example.edu", "role": "instructor"}]
    blocks = {"daily_survey": survey, "assignments": sheets, "staff": staff, "office_hours_note": draw(NAMES)}
    chosen = {key: block for key, block in blocks.items() if block and draw(st.booleans())}
    if "assignments" not in chosen:
        for detail in details:
            for line in detail.get("agenda", []):
                line.pop("assignment", None)
    return {
        "format": "course-file/1",
        "course": course,
        "sections": [{"code": code} for code in codes],
        "meetings": meetings,
        **chosen,
    }
