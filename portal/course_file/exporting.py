from pathlib import Path as FilePath
from typing import Any

import yaml

from courses.course_file.planning import roster_files
from courses.domain import gradebook
from courses.domain.course_schema import in_order, without_defaults
from courses.models import Course
from portal.course_file.checking import FORMAT, blocks, file_schema
from portal.course_file.reading import FILE_NAME


def export(course: Course, folder: FilePath) -> list[str]:
    """Write `course.yaml` and the rosters into a folder (made if missing); the names of the files."""
    files = {FILE_NAME: dump(exported(course)), **rosters_of(course)}
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name).write_text(text, "utf-8", newline="")
    return list(files)


def exported(course: Course) -> dict[str, Any]:
    """The course as a file holds it: what is at its default is left out."""
    schema = file_schema()
    found = {name: block for app in blocks for name, block in app.export(course).items()}
    written: dict[str, Any] = without_defaults(in_order({"format": FORMAT, **found}, schema), schema)
    return written


def rosters_of(course: Course) -> dict[str, str]:
    return {name: gradebook.write_csv(course, sections) for name, sections in roster_files(course).items()}


class _Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        return True


def dump(tree: Any) -> str:
    """Values as a YAML text; what YAML would take for something else than text is quoted."""
    return yaml.dump(tree, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110)
