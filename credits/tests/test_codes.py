import pytest

from accounts.errors import DomainError
from credits.domain import audit, codes, vault
from credits.domain.codes import RowOutcome
from credits.models import AuditEvent, CreditCode
from credits.tests.world import DEMO, fake_codes, fill, make_pool
from portal.testing import NOON, Cast, make_course


@pytest.fixture
def pool(cast: Cast):
    return make_pool(cast.course, stock=0)


def outcomes(report: codes.CodesReport) -> list[tuple[int, str]]:
    return [(row.line, row.outcome.value) for row in report.rows]


def test_the_demos_69_codes_come_in_once(pool):
    content = (DEMO / "credit-codes.csv").read_bytes()
    assert codes.import_codes(pool, content, by=None, now=NOON).new == 69
    again = codes.import_codes(pool, content, by=None, now=NOON)
    assert len(again.of(RowOutcome.IN_POOL)) == 69 == len(again.rows) and CreditCode.objects.count() == 69
    assert AuditEvent.objects.filter(kind="codes imported").count() == 1


def test_doubles_in_the_file_in_the_pool_and_in_another_course_are_told_by_row(pool):
    fill(make_pool(make_course("cs102-s24"), stock=0), ["FAKE-ELSEWHERE"])
    fill(pool, ["FAKE-HERE-1"])
    content = "code\nfake here 1\nFAKE-NEW-1\nＦake new-1\n\nFAKE-else-WHERE\nshort\n".encode()
    report = codes.import_codes(pool, content, by=None, now=NOON)
    assert outcomes(report) == [
        (2, "in this pool already"),
        (3, "new"),
        (4, "twice in this file"),
        (6, "in another pool already"),
        (7, "not a code"),
    ]
    assert pool.codes.count() == 2


def test_no_row_of_a_report_shows_a_code(pool):
    report = codes.preview(pool, b"code\nFAKE-SECRET-1\nFAKE-SECRET-1\nFS\n")
    assert "SECRET" not in repr(report) and "FS" not in repr(report.rows)


def test_a_preview_writes_nothing(pool):
    assert codes.preview(pool, "\n".join(fake_codes(3)).encode()).new == 3
    assert not CreditCode.objects.exists() and not AuditEvent.objects.exists()


def test_the_column_headed_code_is_read_among_others(pool):
    content = b"\xef\xbb\xbfname;Code;note\nx;FAKE-0001;y\nz;FAKE-0002;\n"
    assert codes.import_codes(pool, content, by=None, now=NOON).new == 2


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"", "no code here"), (b"a,b\nc,d\n", "none is headed"), (b"\xff\xfe\x00", "UTF-8")],
)
def test_what_is_no_list_of_codes_is_refused(pool, content, words):
    with pytest.raises(DomainError, match=words):
        codes.import_codes(pool, content, by=None, now=NOON)


def test_codes_are_given_out_in_the_order_of_the_file(pool):
    fill(pool, fake_codes(3))
    fill(pool, fake_codes(2, start=10))
    assert list(pool.codes.values_list("position", flat=True)) == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("heading", ["Code", "Promo Code", "AWS credit codes", "\ufeffpromotional code "])
def test_a_heading_in_words_is_no_code(pool, heading):
    assert outcomes(codes.preview(pool, f"{heading}\nABCD-1234-EFGH\n".encode())) == [(2, "new")]


def test_two_codes_on_a_line_are_not_one(pool):
    report = codes.preview(pool, b"XBCD1234EFGH YBCD1234EFGH\nABCD 1234 EFGH\n")
    assert outcomes(report) == [(1, "not a code"), (2, "new")] and "one a line" in report.rest[0].why


def test_what_is_unlike_the_rest_is_doubted_before_it_is_imported(pool):
    rows = [*fake_codes(4), "Invented-Title", "ABCDEFGHIJK-L", "FAKE-Code-1", "FAKE-Code-00.9"]
    report = codes.preview(pool, "\n".join(rows).encode())
    assert report.new == 4
    doubts = {row.line: row.why for row in report.doubtful}
    assert doubts == {
        5: "13 letters and digits; most codes here have 12",
        6: "no digit in it",
        7: "9 letters and digits; most codes here have 12",
        8: "a sign in it that codes seldom have",
    }
    assert codes.preview(pool, "\n".join(fake_codes(4)).encode()).doubtful == []


def test_a_code_is_sealed_as_it_can_be_pasted(pool):
    fill(pool, ["\u200bABCD\u20135555\u2011EFGH", "ABCD\u00a09999\u00a0EFGH", "\uff21BCD-1111-EFGH"])
    shown = [vault.unseal(code.sealed, vault.place_of(code.pk, pool.pk)).show() for code in pool.codes.all()]
    assert shown == ["ABCD-5555-EFGH", "ABCD 9999 EFGH", "ABCD-1111-EFGH"]


@pytest.mark.parametrize("where", ["the same course", "another course"])
def test_with_another_index_key_no_list_is_taken_twice(pool, settings, where):
    fill(pool, fake_codes(3))
    into = pool if where == "the same course" else make_pool(make_course("cs102-s24"), stock=0)
    settings.CREDIT_INDEX_KEY = vault.new_key()
    audit.note(into.course_id, "under the other key", now=NOON)
    for verb in (codes.preview, lambda *what: fill(into, fake_codes(3))):
        with pytest.raises(DomainError, match="another CREDIT_INDEX_KEY"):
            verb(into, "\n".join(fake_codes(3)).encode())
    assert CreditCode.objects.count() == 3
