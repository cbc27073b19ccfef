"""The block `running_cost_reminders`, in and out: what the course reminds of that runs and costs."""

from datetime import date
from decimal import Decimal
from typing import Any

from cloudguard.models import CostReminder
from courses.models import Course
from portal.course_file.tally import Tally

Tree = dict[str, Any]


def block_of(course: Course) -> Tree:
    """The block as it stands; none for a course without reminders."""
    reminders = [_entry(reminder) for reminder in course.cost_reminders.all()]
    return {"running_cost_reminders": reminders} if reminders else {}


def _entry(reminder: CostReminder) -> Tree:
    price, priced_on = reminder.usd_per_hour, reminder.priced_on
    return {
        "text": reminder.text,
        "instance": reminder.instance,
        **({} if price is None else {"usd_per_hour": format(price.normalize(), "f")}),
        **({"priced_on": priced_on.isoformat()} if priced_on else {}),
        "assignments": reminder.assignments,
    }


def write(course: Course, tree: Tree, tally: Tally) -> None:
    """The reminders of the file, in its order; one that it does not name stays."""
    have = {reminder.text: reminder for reminder in course.cost_reminders.all()}
    for position, entry in enumerate(tree.get("running_cost_reminders", []), start=1):
        reminder = have.get(entry["text"]) or CostReminder(course=course, text=entry["text"])
        fields = {
            "position": position,
            "instance": entry["instance"],
            "usd_per_hour": Decimal(entry["usd_per_hour"]) if "usd_per_hour" in entry else None,
            "priced_on": date.fromisoformat(entry["priced_on"]) if entry.get("priced_on") else None,
            "assignments": entry["assignments"],
        }
        tally.put("running cost reminders", reminder, fields)
