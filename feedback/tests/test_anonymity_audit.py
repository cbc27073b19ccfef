"""Before freezing the attacks link nearly everyone; after it they are at chance; what was not separated is found."""

import io
from base64 import b64encode
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.core.management import call_command
from django.db import connection

from feedback.domain import separation
from feedback.models import Completion, FreeText, ScaleCount, Survey
from feedback.tests import linking, world
from mail.models import Message
from portal.testing import Cast, make_cast

pytestmark = pytest.mark.django_db(transaction=True)
STUDENTS = 70


@pytest.fixture(autouse=True)
def _own_data_folder(settings, tmp_path):
    settings.DATA_DIR = tmp_path


Answered = tuple[Cast, Survey, dict[int, str]]


@pytest.fixture
def audited() -> Answered:
    """A survey that 70 students answered in a random order, and who wrote what."""
    return answered_by(STUDENTS)


@pytest.fixture
def few() -> Answered:
    """The same with six, where order does not matter."""
    return answered_by(6)


def answered_by(students: int) -> Answered:
    cast = make_cast()
    world.make_plan(cast.course)
    survey = world.opened(cast.course)
    return cast, survey, world.answer_all(survey, world.fill(cast.course, students), seed=20)


def audit(*slugs: str) -> tuple[int, str]:
    """The exit code of the command, and what it printed."""
    out = io.StringIO()
    try:
        call_command("audit_anonymity", *slugs, stdout=out)
    except SystemExit as exit_:
        return exit_.code, out.getvalue()
    return 0, out.getvalue()


def freeze(survey: Survey, **how: str) -> None:
    now = survey.due_at + timedelta(minutes=1)
    assert separation.freeze(survey, now=now, **how)
    assert separation.compact(survey, now=now)


def test_open_survey_is_linked_by_every_attack_and_listed_as_not_yet_separated(audited):
    _, survey, wrote = audited

    assert set(linking.linked(survey, wrote).values()) == {STUDENTS}
    assert audit() == (
        0,
        "cs101-s24 2024-04-08: not yet separated: the survey is open\n"
        "letters, sessions, cache and files: nothing found\nnothing found\n",
    )


def test_frozen_survey_is_at_chance_for_every_attack(audited):
    _, survey, wrote = audited
    freeze(survey)

    assert max(linking.linked(survey, wrote).values()) <= 8  # one is expected; 9 of 70 by chance: 1 in a million
    code, report = audit("cs101-s24")
    assert (code, "cs101-s24 2024-04-08: nothing found" in report) == (0, True), report


def test_counters_name_who_raised_them_last_only_until_freezing(audited):
    if connection.vendor != "postgresql":
        pytest.skip("xmin is PostgreSQL's")
    _, survey, _ = audited

    assert linking.counters_named(survey) > 10
    freeze(survey)
    assert linking.counters_named(survey) == 0


def test_rows_written_again_in_the_order_of_arrival_are_found(audited, monkeypatch):
    monkeypatch.setattr(separation, "in_shuffled_order", lambda rows, salt: list(rows.order_by("pk")))
    _, survey, wrote = audited
    freeze(survey)

    assert linking.linked(survey, wrote)["id"] == STUDENTS
    code, report = audit()
    assert code == 1
    for table in ("completion", "freetext", "scalecount"):
        assert f"rows of feedback_{table} are not in shuffled order" in report
    assert "the counters' id follows the order in which they were made (p = " in report


def test_survey_marked_as_frozen_but_never_written_again_is_found(audited):
    _, survey, _ = audited
    Survey.objects.update(frozen_at=survey.due_at, shuffle_salt="ab" * 16, compacted_at=survey.due_at)

    code, report = audit()

    assert code == 1 and "feedback_completion are not in shuffled order" in report
    if connection.vendor == "postgresql":
        assert "rows of feedback_freetext were written by 70 transactions (xmin)" in report


def test_one_row_touched_after_freezing_is_found_on_postgresql(few):
    if connection.vendor != "postgresql":
        pytest.skip("xmin is PostgreSQL's")
    _, survey, _ = few
    freeze(survey)
    ScaleCount.objects.filter(pk=survey.counts.filter(batch="on_time").first().pk).update(count=1)

    code, report = audit()

    assert code == 1 and "rows of feedback_scalecount were written by 2 transactions (xmin)" in report


def test_completions_in_the_order_of_the_last_sign_ins_are_found(audited):
    _, survey, _ = audited
    freeze(survey)
    for completion in survey.completions.order_by("pk").select_related("enrollment__user"):
        session = SessionStore()
        session["_auth_user_id"] = str(completion.enrollment.user_id)
        session.create()
        Message.objects.create(
            recipient=completion.enrollment.user, kind="announcement", key="x", course_slug="cs101-s24",
            sender_name="x", zone="UTC", subject="x", text="x", html="x", created_at=survey.due_at,
        )  # fmt: skip

    code, report = audit()

    assert code == 1
    assert "the completions' id follows the sessions" in report
    assert "the completions' id follows the last letters" in report


@pytest.mark.parametrize("where", ["session", "letter", "log", "mail", "broker"])
def test_copy_of_a_text_is_found_wherever_the_portal_writes(few, where, tmp_path: Path):
    _, survey, wrote = few
    freeze(survey)
    PLANTS[where](next(iter(wrote.values())), tmp_path, few[0])

    code, report = audit()

    assert code == 1 and "copies of what students wrote stand in" in report
    assert not any(text in report for text in wrote.values())


def _in_a_session(text, folder, cast):
    session = SessionStore()
    session["kept"] = {"question": text}
    session.create()


def _in_a_letter(text, folder, cast):
    Message.objects.create(
        recipient=cast.instructor.user, kind="announcement", key="x", sender_name="x", zone="UTC", subject="x",
        text="x", html=text.replace("'", "&#x27;"), created_at=cast.course.created_at,
    )  # fmt: skip


def _in_a_log(text, folder, cast):
    (folder / "portal.log").write_text(f'{{"event": "posted {text}"}}')


def _in_a_mail(text, folder, cast):
    mail = EmailMessage()
    mail.set_content("x" * 50 + text + " é" * 20, cte="base64")
    (folder / "mailbox").mkdir()
    (folder / "mailbox" / "1.eml").write_bytes(bytes(mail))


def _in_a_task(text, folder, cast):
    (folder / "broker").mkdir()
    (folder / "broker" / "1.msg").write_bytes(b'{"body": "' + b64encode(f'[["{text}"], {{}}]'.encode()) + b'"}')


PLANTS = {
    "session": _in_a_session,
    "letter": _in_a_letter,
    "log": _in_a_log,
    "mail": _in_a_mail,
    "broker": _in_a_task,
}


def test_published_wording_may_stand_anywhere(few, tmp_path: Path):
    cast, survey, _ = few
    freeze(survey)
    question = survey.student_questions.first()
    survey.student_questions.filter(pk=question.pk).update(
        published_at=survey.due_at, published_in=cast.course.meetings.first()
    )
    _in_a_log(question.asked, tmp_path, cast)

    assert audit()[0] == 0


def test_deleted_text_that_stays_in_the_file_is_found(audited):
    if connection.vendor != "sqlite":
        pytest.skip("SQLite's file")
    _, survey, _ = audited
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA secure_delete=OFF")
    freeze(survey)
    connection.close()  # the next connection is report again to zero what it deletes

    code, report = audit()
    with connection.cursor() as cursor:
        cursor.execute("VACUUM")  # nor do other tests find what was left

    assert code == 1 and "deleted texts are still readable in the database's file" in report


def test_survey_that_is_not_compacted_is_found_after_an_hour(few):
    _, survey, _ = few
    now = survey.due_at + timedelta(minutes=1)
    separation.freeze(survey, now=now)
    report_later = audit()

    Survey.objects.update(shuffled_at=world.real_now())
    report_soon = audit()

    assert report_later[0] == 1 and "never removed from the disk" in report_later[1]
    assert report_soon[0] == 0 and "not yet compacted" in report_soon[1]


def test_demo_as_imported_and_frozen_has_no_finding():
    course = world.oracle()
    for day, has_completions in (("2023-11-16", False), ("2023-11-21", True)):
        world.import_demo(course, day, completions=has_completions, freeze=True)

    code, report = audit("tcss562-f23")

    assert code == 0, report
    assert report.count("nothing found") == 4
    assert Completion.objects.count() == 52 and FreeText.objects.exists()
