"""The blocks of the app `cloudguard`, which may be left out of INSTALLED_APPS; then they are left alone, and named."""

from collections.abc import Iterator
from typing import Any

from django.apps import apps

from courses.models import Course
from portal.course_file.problems import Path
from portal.course_file.reading import Marked
from portal.course_file.tally import Tally

if IS_INSTALLED := apps.is_installed("cloudguard"):
    from portal.course_file import price_blocks, reminder_blocks

Tree = dict[str, Any]
BLOCKS = ("running_cost_reminders", "running_prices")


def blocks_of(course: Course) -> Tree:
    """The blocks as they stand."""
    return {**reminder_blocks.block_of(course), **price_blocks.block_of(course)} if IS_INSTALLED else {}


def problems_of_prices(blocks: Tree) -> Iterator[tuple[Path, str]]:
    """What the schema cannot say of prices."""
    return price_blocks.problems(blocks) if IS_INSTALLED else iter(())


def write(course: Course, tree: Tree, tally: Tally) -> None:
    """What the file says of running costs."""
    if IS_INSTALLED:
        reminder_blocks.write(course, tree, tally)
        price_blocks.write(course, tree, tally)


def not_installed(marked: Marked, tree: Tree) -> list[str]:
    """A sentence for each block of the file that has no app here."""
    if IS_INSTALLED:
        return []
    return [
        f'{name}, line {marked.line_of((name,))}: not installed, so left alone ("cloudguard" in INSTALLED_APPS).'
        for name in BLOCKS
        if name in tree
    ]
