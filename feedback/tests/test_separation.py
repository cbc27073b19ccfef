"""Freezing fixes figures once; late answers wait for company; what was deleted leaves the secure_delete."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection, connections

from feedback.domain import secure_delete, separation, surveys
from feedback.models import FreeText, ScaleCount, StudentQuestion, Survey
from feedback.tests import world
from portal.testing import Cast

MINUTE = timedelta(minutes=1)


@pytest.fixture
def survey(cast: Cast) -> Survey:
    """A survey on which eight students have answered on time."""
    world.make_plan(cast.course)
    survey = world.opened(cast.course)
    world.answer_all(survey, world.fill(cast.course, 8), seed=3)
    return survey


def late(survey: Survey, how_many: int) -> list[str]:
    """Answers after the due minute, by students who have not answered; their texts."""
    waiting = survey.course.enrollments.students().exclude(completions__survey=survey)
    missing = how_many - waiting.count()
    if missing > 0:
        start = survey.course.enrollments.count()
        for n in range(missing):
            world.one_more(survey.course, f"Late {start + n}")
    return list(world.answer_all(survey, list(waiting[:how_many]), seed=4, now=survey.due_at + MINUTE).values())


def batches(survey: Survey) -> dict[str, int]:
    found = list(survey.completions.values_list("batch", flat=True))
    return {batch: found.count(batch) for batch in set(found)}


@pytest.mark.django_db
class TestFreezing:
    def test_is_due_when_the_due_minute_is_over_and_happens_once(self, survey):
        assert separation.freeze_due(survey.due_at + MINUTE - timedelta(seconds=1)) == 0
        assert separation.freeze_due(survey.due_at + MINUTE) == 1
        assert separation.freeze_due(survey.due_at + MINUTE) == 0
        assert separation.freeze(survey, now=survey.due_at + MINUTE) is False

    def test_fixes_the_figures_and_brings_all_texts_to_the_inbox_at_once(self, survey):
        assert not StudentQuestion.objects.exists() and not FreeText.objects.readable().exists()

        separation.freeze(survey, now=survey.due_at + MINUTE)

        assert survey.figures["n"] == 8 and survey.frozen_at == survey.due_at + MINUTE
        asked = list(survey.student_questions.in_inbox().order_by("position").values_list("asked", flat=True))
        assert asked == list(survey.texts.order_by("pk").values_list("text", flat=True)) and len(asked) == 8

    def test_keeps_every_row_and_gives_each_a_new_id_in_shuffled_order(self, survey):
        before = {model: _contents(model, survey) for model in separation.SHUFFLED}

        separation.freeze(survey, now=survey.due_at, salt="5ea1")

        for model in separation.SHUFFLED:
            after = _contents(model, survey)
            assert sorted(after.values()) == sorted(before[model].values())
            assert not set(after) & set(before[model])
            rows = list(model._default_manager.filter(survey=survey).order_by("pk"))
            assert separation.out_of_order(rows, "5ea1") == 0
        assert survey.shuffle_salt == "5ea1"

    def test_leaves_other_surveys_alone(self, survey, cast):
        other = world.opened(cast.course, "2024-04-10")
        world.answer_all(other, [cast.student, cast.other_student], seed=5)
        before = [_contents(model, other) for model in separation.SHUFFLED]

        separation.freeze(survey, now=survey.due_at)

        assert [_contents(model, other) for model in separation.SHUFFLED] == before

    def test_without_an_answer_fixes_figures_of_nobody(self, cast):
        world.make_plan(cast.course)
        survey = world.opened(cast.course)

        assert separation.freeze(survey, now=survey.due_at)

        assert survey.figures["n"] == 0 and not survey.student_questions.exists()

    def test_salts_are_never_the_same(self):
        assert len({separation.new_salt() for _ in range(100)}) == 100


def _contents(model, survey):
    rows = model._default_manager.filter(survey=survey)
    return {row.pk: str({k: v for k, v in vars(row).items() if k not in ("_state", "id")}) for row in rows}


@pytest.mark.django_db
class TestLateAnswers:
    def test_fewer_than_five_stay_out_of_every_figure_and_text(self, survey):
        separation.freeze(survey, now=survey.due_at + MINUTE)
        figures = survey.figures
        late(survey, 4)

        assert separation.release_due(survey.due_at) == 0

        survey.refresh_from_db()
        assert (survey.figures, survey.late_figures) == (figures, None)
        assert survey.student_questions.count() == FreeText.objects.readable().count() == 8
        assert batches(survey) == {"on_time": 8, "waiting": 4}

    def test_five_are_counted_together_in_a_second_set_of_figures(self, survey):
        separation.freeze(survey, now=survey.due_at + MINUTE)
        figures, first_salt = survey.figures, survey.shuffle_salt
        texts = late(survey, 5)

        assert separation.release_due(survey.due_at + MINUTE) == 1
        assert separation.release_due(survey.due_at + MINUTE) == 0

        survey.refresh_from_db()
        assert survey.figures == figures and survey.late_figures["n"] == 13
        assert sum(survey.late_figures["pooled"]["material"]) == 13
        assert batches(survey) == {"on_time": 8, "late": 5}
        inbox = survey.student_questions.order_by("position").values_list("asked", flat=True)
        assert sorted(inbox[8:]) == sorted(texts)
        assert survey.shuffle_salt != first_salt and survey.compacted_at is None
        rows = list(survey.completions.order_by("pk"))
        assert separation.out_of_order(rows, survey.shuffle_salt) == 0

    def test_second_batch_of_five_joins_the_first(self, survey):
        separation.freeze(survey, now=survey.due_at + MINUTE)
        late(survey, 5)
        separation.release_due(survey.due_at)
        late(survey, 5)
        separation.release_due(survey.due_at)

        survey.refresh_from_db()
        assert survey.late_figures["n"] == 18 and survey.student_questions.count() == 18
        assert sum(survey.counts.filter(batch="late", question__key="pace").values_list("count", flat=True)) == 10

    def test_answer_after_the_due_minute_waits_though_freezing_was_late(self, survey):
        late(survey, 5)

        separation.freeze(survey, now=survey.due_at + 60 * MINUTE)

        assert survey.figures["n"] == 8 and survey.student_questions.count() == 8
        assert separation.release_due(survey.due_at) == 1
        survey.refresh_from_db()
        assert survey.late_figures["n"] == 13

    def test_rest_under_five_earns_its_credit_at_closing_and_is_erased_unread(self, survey):
        separation.freeze(survey, now=survey.due_at + MINUTE)
        texts = late(survey, 4)

        assert separation.close_due(survey.closes_at - timedelta(seconds=1)) == 0
        assert separation.close_due(survey.closes_at) == 1
        assert separation.close_due(survey.closes_at) == 0

        survey.refresh_from_db()
        assert batches(survey) == {"on_time": 8, "late": 4} and survey.late_figures is None
        assert not FreeText.objects.filter(text__in=texts).exists()
        assert not StudentQuestion.objects.filter(asked__in=texts).exists()
        assert not ScaleCount.objects.exclude(batch="on_time").exists()
        assert survey.closed_at == survey.closes_at and survey.compacted_at is None

    def test_five_that_wait_at_closing_are_counted(self, survey):
        separation.freeze(survey, now=survey.due_at + MINUTE)
        late(survey, 5)

        separation.close_due(survey.closes_at)

        survey.refresh_from_db()
        assert survey.late_figures["n"] == 13 and batches(survey) == {"on_time": 8, "late": 5}

    def test_closing_freezes_what_was_forgotten(self, survey):
        assert separation.close_due(survey.closes_at) == 1

        survey.refresh_from_db()
        assert survey.frozen_at == survey.closed_at == survey.closes_at and survey.figures["n"] == 8


@pytest.mark.django_db(transaction=True)
class TestCompaction:
    def test_is_repeated_until_it_succeeded_and_then_no_more(self, survey, monkeypatch):
        separation.freeze(survey, now=survey.due_at)
        with monkeypatch.context() as error:
            error.setattr(secure_delete, "remove_deleted", lambda models: False)
            assert separation.compact_due(survey.due_at) == 0
        assert Survey.objects.get().compacted_at is None

        assert separation.compact_due(survey.due_at) == 1
        assert Survey.objects.get().compacted_at == survey.due_at
        assert separation.compact_due(survey.due_at) == 0

    def test_waits_for_whoever_reads_an_older_state(self, survey):
        reader = connections.create_connection("default")
        with reader.cursor() as cursor:
            if connection.vendor == "postgresql":
                cursor.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
            else:
                cursor.execute("BEGIN DEFERRED")
            cursor.execute("SELECT count(*) FROM feedback_completion")
            cursor.fetchall()
            separation.freeze(survey, now=survey.due_at)

            assert separation.compact(survey, now=survey.due_at) is False
            cursor.execute("ROLLBACK")
        reader.close()

        assert separation.compact(survey, now=survey.due_at) is True
        assert survey.compacted_at == survey.due_at

    def test_does_not_mark_a_survey_that_was_written_again_meanwhile(self, survey, monkeypatch):
        separation.freeze(survey, now=survey.due_at)
        late(survey, 5)

        def meanwhile(models):
            return separation.release_due(survey.due_at) == 1

        monkeypatch.setattr(secure_delete, "remove_deleted", meanwhile)
        assert separation.compact(survey, now=survey.due_at) is False
        assert Survey.objects.get().compacted_at is None

    def test_where_the_portal_does_not_own_its_tables_is_not_done(self, survey, caplog):
        if connection.vendor != "postgresql":
            pytest.skip("SQLite has no owners")
        separation.freeze(survey, now=survey.due_at)
        with connection.cursor() as cursor:
            cursor.execute("DROP ROLE IF EXISTS portal_guest")
            cursor.execute("CREATE ROLE portal_guest")
            cursor.execute("SET ROLE portal_guest")
            try:
                assert secure_delete.remove_deleted(separation.SHUFFLED) is False
            finally:
                cursor.execute("RESET ROLE")
                cursor.execute("DROP ROLE portal_guest")
        assert "does the portal own its tables?" in caplog.text

    def test_leaves_no_byte_of_the_old_rows_in_sqlites_file(self, survey):
        if connection.vendor != "sqlite":
            pytest.skip("SQLite's file")
        separation.freeze(survey, now=survey.due_at)
        assert separation.compact(survey, now=survey.due_at)

        content = Path(connection.settings_dict["NAME"]).read_bytes()
        batch = sum(model._default_manager.filter(batch="on_time").count() for model in separation.SHUFFLED)
        in_index = ScaleCount.objects.filter(batch="on_time").count()
        assert content.count(b"on_time") - content.count(b"action_time") == batch + in_index
        assert b"on_time" not in Path(f"{connection.settings_dict['NAME']}-wal").read_bytes()

    def test_leaves_no_row_in_order_of_arrival_in_postgresqls_file(self, survey):
        if connection.vendor != "postgresql":
            pytest.skip("PostgreSQL's file")
        world.answer_all(survey, [world.one_more(survey.course, f"More {n}") for n in range(62)], seed=7)
        arrived = writers_in_file()
        separation.freeze(survey, now=survey.due_at)
        assert len(arrived) == 70 and arrived <= writers_in_file()

        assert separation.compact(survey, now=survey.due_at)

        assert not arrived & writers_in_file()


def writers_in_file() -> set[int]:
    """The transactions (xmin) that wrote the texts in PostgreSQL's file, those of freed rows among them."""
    with connection.cursor() as cursor:
        cursor.execute("CHECKPOINT")
        cursor.execute("SELECT pg_read_binary_file(pg_relation_filepath('feedback_freetext'))")
        content = bytes(cursor.fetchone()[0])
    starts = (found.start() - 41 for found in re.finditer(rb"Why is the sky of lecture", content))  # row header and id
    return {int.from_bytes(content[start : start + 4], "little") for start in starts}


@pytest.mark.django_db
def test_nothing_is_compacted_inside_a_transaction(survey):
    separation.freeze(survey, now=survey.due_at)

    assert separation.compact(survey, now=survey.due_at) is False


@pytest.mark.django_db
def test_text_of_someone_who_waits_is_not_readable(survey):
    separation.freeze(survey, now=survey.due_at + MINUTE)
    [text] = late(survey, 1)

    assert text not in FreeText.objects.readable().values_list("text", flat=True)
    assert surveys.state_of(survey, survey.due_at + MINUTE) == surveys.State.FROZEN
