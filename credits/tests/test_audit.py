"""The log: appended to, never changed; what goes behind the triggers' back is found."""

import pytest
from django.db import DatabaseError, connection, transaction

from accounts.errors import DomainError
from credits.domain import audit, grants, vault
from credits.domain.audit import head_words, verify
from credits.models import AuditEvent, AuditHead
from credits.tests.world import give, make_pool
from portal.testing import NOON, Cast, log_can_be_emptied, make_course

TABLE = AuditEvent._meta.db_table
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def course(transactional_db):
    course = make_course()
    for n in range(5):
        audit.note(course.pk, f"event {n}", now=NOON, actor_id=n)
    return course


def sql(statement: str, *values: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def test_an_untouched_chain_verifies(course):
    verdict = verify(course.pk)
    assert (verdict.events, verdict.broken) == (5, "")
    assert verdict.head == head_words(5, AuditHead.objects.get().mac)


STATEMENTS = [
    f"UPDATE {TABLE} SET note = 'x'",
    f"DELETE FROM {TABLE}",
    f"DELETE FROM {TABLE} WHERE seq = 5",
]


@pytest.mark.parametrize("statement", STATEMENTS)
def test_the_database_refuses_to_change_or_delete(course, statement):
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        sql(statement)
    assert verify(course.pk).events == 5


def test_the_database_refuses_to_empty_or_replace(course):
    first = AuditEvent.objects.first()
    if connection.vendor == "postgresql":
        statement, values = f"TRUNCATE {TABLE}", ()
    else:
        statement = f"INSERT OR REPLACE INTO {TABLE} SELECT * FROM {TABLE} WHERE id = %s"
        values = (first.pk,)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        sql(statement, *values)
    assert verify(course.pk).broken == ""


TAMPERED = {
    "an edit": ([f"UPDATE {TABLE} SET note = 'x' WHERE seq = 3"], "row 3 ("),
    "an edit of an id": ([f"UPDATE {TABLE} SET actor_id = 99 WHERE seq = 2"], "row 2 ("),
    "a deletion": ([f"DELETE FROM {TABLE} WHERE seq = 3"], "row 3 is missing"),
    "a deletion with the gap closed": (
        [f"DELETE FROM {TABLE} WHERE seq = 3", f"UPDATE {TABLE} SET seq = 3 WHERE seq = 4"],
        "row 3 (",
    ),
    "a deletion at the end": ([f"DELETE FROM {TABLE} WHERE seq = 5"], "row 5 is missing"),
    "a reordering": (
        [f"UPDATE {TABLE} SET seq = {new} WHERE seq = {old}" for old, new in ((2, 99), (3, 2), (99, 3))],
        "row 2 (",
    ),
    "an insertion": (
        [
            f"UPDATE {TABLE} SET seq = seq + 100 WHERE seq >= 3",
            f"INSERT INTO {TABLE} (course_id, seq, at, kind, note, previous, mac) "
            f"SELECT course_id, 3, at, 'forged', note, previous, mac FROM {TABLE} WHERE seq = 2",
            f"UPDATE {TABLE} SET seq = seq - 99 WHERE seq >= 103",
        ],
        "row 3 (",
    ),
}


@pytest.mark.parametrize("name", TAMPERED)
def test_behind_the_triggers_back_the_first_broken_row_is_named(course, name):
    statements, words = TAMPERED[name]
    with log_can_be_emptied():
        for statement in statements:
            sql(statement)
    assert verify(course.pk).broken.startswith(words)


def test_the_triggers_stand_again_after_a_flush_lifted_them(course):
    with log_can_be_emptied():
        pass
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        sql(STATEMENTS[0])


def cut_off_after(seq: int) -> None:
    """As somebody would who lifts the triggers: the end of the chain goes, and its head is set back."""
    kept = AuditEvent.objects.filter(seq=seq).first()
    with log_can_be_emptied():
        sql(f"DELETE FROM {TABLE} WHERE seq > %s", seq)
        AuditHead.objects.update(seq=seq, mac=kept.mac if kept else "")


def test_a_tail_cut_off_with_its_head_is_found_by_the_head_of_a_letter(course):
    known_head = verify(course.pk).head
    cut_off_after(3)
    assert verify(course.pk).broken == ""
    assert "cut off or replaced" in verify(course.pk, known_head=known_head).broken


def test_a_tail_cut_off_below_what_a_letter_told_is_found_without_it(course):
    head = AuditHead.objects.get()
    AuditHead.objects.update(told_seq=5, told_mac=head.mac)
    cut_off_after(3)
    assert verify(course.pk).broken == "row 4 is missing: a letter told of row 5"
    for n in range(3):
        audit.note(course.pk, f"forged {n}", now=NOON)
    assert verify(course.pk).broken == "row 5 is not the one that a letter told of"


@pytest.mark.parametrize(("cut", "words"), [(1, "hand-out {0} stands in no row"), (2, "hand-out {0} was shown more")])
def test_a_hand_out_or_a_showing_of_which_the_log_tells_nothing_is_found(cast: Cast, cut, words):
    pool = make_pool(cast.course)
    grant = give(pool, cast.student)
    grants.reveal(grant, by=cast.student, now=NOON)
    assert verify(cast.course.pk).broken == ""
    cut_off_after(cut)
    assert verify(cast.course.pk).broken.startswith(words.format(grant.pk))
    with log_can_be_emptied():
        AuditEvent.objects.all().delete()
        AuditHead.objects.all().delete()
    assert verify(cast.course.pk).broken.startswith(f"hand-out {grant.pk} stands in no row")


HEAD = AuditHead._meta.db_table


@pytest.mark.parametrize(
    "statement", [f"UPDATE {HEAD} SET seq = 3", f"DELETE FROM {HEAD}", f"UPDATE {HEAD} SET course_id = 0"]
)
def test_the_database_refuses_to_set_the_head_back(course, statement):
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        sql(statement)
    assert verify(course.pk).events == 5


def test_another_key_makes_no_valid_row(course, settings):
    settings.CREDIT_INDEX_KEY = vault.new_key()
    assert verify(course.pk).broken.startswith("row 1 (")


def test_each_course_has_a_chain_of_its_own(course):
    other = make_course("cs102-s24")
    audit.note(other.pk, "other", now=NOON)
    assert (verify(course.pk).events, verify(other.pk).events) == (5, 1)


def test_a_refusal_is_noted_after_what_was_begun_is_rolled_back(cast: Cast):
    pool = make_pool(cast.course, stock=1)
    with pytest.raises(DomainError):
        give(pool, cast.assistant)
    assert AuditEvent.objects.filter(course_id=cast.course.pk).last().kind == "refused"
    assert verify(cast.course.pk).broken == ""
