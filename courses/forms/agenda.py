"""The agenda of a class as one form: rows that buttons add, remove and move, without JavaScript."""

from collections.abc import Mapping
from typing import Any

from django import forms

from courses.domain.agenda import AgendaLine
from courses.models import AgendaItem, ClassMeeting

MOST_LINES = 60
FIELDS = ("text", "kind", "minutes", "assignment", "team")
Row = dict[str, Any]


class LineForm(forms.Form):
    text = forms.CharField(max_length=300)
    kind = forms.ChoiceField(choices=AgendaItem.Kind.choices, initial=AgendaItem.Kind.LECTURE)
    minutes = forms.IntegerField(min_value=1, max_value=600, required=False)
    assignment = forms.ChoiceField(required=False)
    team = forms.IntegerField(min_value=1, max_value=999, required=False)

    def __init__(self, *args: Any, names: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.use_required_attribute = False  # an empty line may still be removed
        self.fields["assignment"].choices = [("", "none"), *((name, name) for name in names)]  # type: ignore[attr-defined]
        self.label_suffix = ""
        self.fields["text"].label = f"Line {int(str(self.prefix).rpartition('-')[2]) + 1}"

    def line(self) -> AgendaLine:
        typed = self.cleaned_data
        target = {key: typed[key] for key in ("assignment", "team") if typed[key]}
        return AgendaLine(typed["text"], typed["kind"], typed["minutes"], target)


def minutes_of(lines: list[LineForm]) -> list[int]:
    """The minutes that stand in the form and are numbers, saved or not."""
    typed = [str(line["minutes"].value() or "").strip() for line in lines]
    return [int(each) for each in typed if each.isdecimal() and len(each) < 4]


def rows_of(meeting: ClassMeeting) -> list[Row]:
    return [
        {"text": saved.text, "kind": saved.kind, "minutes": saved.minutes}
        | {key: saved.target.get(key, "") for key in ("assignment", "team")}
        for saved in meeting.agenda.all()
    ]


def typed_rows(post: Mapping[str, str]) -> list[Row]:
    count = post.get("count", "")
    return [
        {name: post.get(f"line-{n}-{name}", "") for name in FIELDS}
        for n in range(min(int(count), MOST_LINES) if count.isdecimal() else 0)
    ]


def pressed(rows: list[Row], button: str) -> list[Row]:
    """The rows after one of the buttons: "add", "remove:2", "up:2", "down:2" (rows count from 0)."""
    action, _, place = button.partition(":")
    at = int(place) if place.isdecimal() else 0
    if action == "add":
        return [*rows, {"kind": AgendaItem.Kind.LECTURE}] if len(rows) < MOST_LINES else rows
    if action == "remove":
        return rows[:at] + rows[at + 1 :]
    other = at - 1 if action == "up" else at + 1
    if not (0 <= other < len(rows) and at < len(rows)):
        return rows
    rows = list(rows)
    rows[at], rows[other] = rows[other], rows[at]
    return rows


def line_forms(rows: list[Row], names: list[str], *, check: bool) -> list[LineForm]:
    """A form a row; `check` finds what is wrong with each, otherwise they only show what was typed."""
    names = sorted({*names, *(row["assignment"] for row in rows if row.get("assignment"))})
    return [_line_form(n, row, names, check=check) for n, row in enumerate(rows)]


def _line_form(n: int, row: Row, names: list[str], *, check: bool) -> LineForm:
    prefix = f"line-{n}"
    if check:
        return LineForm({f"{prefix}-{key}": value for key, value in row.items()}, prefix=prefix, names=names)
    return LineForm(initial=row, prefix=prefix, names=names)
