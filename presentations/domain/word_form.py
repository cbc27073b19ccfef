"""The review form as a Word file, for those who write it the old way."""

from io import BytesIO
from unicodedata import category

from docx import Document

from courses.domain import calendar
from presentations.domain import plans
from presentations.domain.schedule import Place
from questionnaires.questions import counted


def write(place: Place) -> bytes:
    """The form of one talk, to be filled in and uploaded as PDF; it asks for no name, since the upload knows it."""
    talk, plan = place.talk, plans.review_plan_of(place.talk.course)
    form = Document()
    form.core_properties.author = _written(talk.course.code)
    form.add_heading(_written(f"Review: {talk}"), level=1)
    form.add_paragraph(_written(f"{talk.course.code}, {talk.who}, {calendar.long_date(place.slot.meeting.date)}"))
    table = form.add_table(rows=1, cols=3, style="Table Grid")
    for cell, text in zip(table.rows[0].cells, ("Criterion", "Choose", "Your answer"), strict=True):
        cell.text = text
    for question in plan.questions:
        if question.answer_kind.is_counted:
            cells = table.add_row().cells
            cells[0].text, cells[1].text = _written(question.prompt), _written(counted(question.answer_kind).hint)
        else:
            form.add_heading(_written(question.prompt), level=2)
            form.add_paragraph("")
    out = BytesIO()
    form.save(out)
    return out.getvalue()


def _written(text: str) -> str:
    """A text as a Word file can hold it: its XML knows no control characters, nor halves of a pair."""
    return "".join(" " if category(c) in ("Cc", "Cs") or c in "\ufffe\uffff" else c for c in text)
