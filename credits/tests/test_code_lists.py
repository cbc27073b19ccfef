"""Lists of codes as people and spreadsheets write them: understood, or doubted; never sealed as they stand."""

import re

import pytest
from django.core.management import CommandError, call_command

from accounts.errors import DomainError
from credits.domain import codes, past_grants, search, vault
from credits.domain.vault import Secret
from credits.tests.world import make_pool
from portal.testing import NOON, Cast, client_of, url

pytestmark = pytest.mark.django_db
A, B = "ABCD-1234-EFGH", "WXYZ-5678-STUV"


@pytest.fixture
def pool(cast: Cast):
    return make_pool(cast.course, stock=0)


def sealed(pool) -> list[str]:
    return [vault.unseal(code.sealed, vault.place_of(code.pk, pool.pk)).show() for code in pool.codes.all()]


@pytest.mark.parametrize(
    "content",
    [
        f"promo_code\n{A}\n{B}\n",
        f"PromoCode\n{A}\n{B}\n",
        f"Voucher\n{A}\n{B}\n",
        f"Coupon Number,Worth\n{A},50\n{B},50\n",
        f"id\tVOUCHER_CODE\n1\t{A}\n2\t{B}\n",
        f"{A},\n{B},\n",
        f"{A},,,\r\n{B},,,\r\n",
        f",{A}\n,{B}\n",
        f'="{A}"\n="{B}"\n',
        f'code,worth\n"=""{A}""",50\n"=""{B}""",50\n',
        f"'{A}\n'{B}\n",
        f'"{A}"\n"{B}"\n',
        f"1. {A}\n2. {B}\n",
        f"9) {A}\n10) {B}\n",
        f"- {A}\n- {B}\n",
        f"• {A};\n• {B}\n",
        f"\n\n{A}\n\n{B}",
    ],
)
def test_what_a_list_puts_round_a_code_is_no_part_of_it(pool, content):
    assert codes.import_codes(pool, content.encode(), by=None, now=NOON).new == 2
    assert sealed(pool) == [A, B]


@pytest.mark.parametrize(
    ("lines", "doubt"),
    [
        ([f"{A} 50", f"{B} 50"], "more than a code"),
        ([f"{A} $50", f"{B} $50"], "more than a code"),
        ([f"50 USD {A}"], "more than a code"),
        ([f"{A}:50", f"{B}:50"], "a sign in it"),
        ([f"1.{A}"], "a sign in it"),
        (["АВСD-1234-EFGH", A], "another alphabet"),
        (["ABCD-١٢٣٤-EFGH", A], "another alphabet"),
        (["Gutschein", A, B], "most codes here have 12"),
    ],
)
def test_what_may_be_more_or_less_than_a_code_is_imported_only_by_who_looked_at_it(pool, lines, doubt):
    content = "\n".join(lines).encode()
    report = codes.import_codes(pool, content, by=None, now=NOON)
    assert report.doubtful and all(doubt in row.why for row in report.doubtful)
    assert set(sealed(pool)) <= {A, B} and len(sealed(pool)) == report.new == len(lines) - len(report.doubtful)
    codes.import_codes(pool, content, by=None, now=NOON, also_doubtful=True)
    assert len(sealed(pool)) == len(lines)


def test_two_columns_headed_as_codes_are_not_chosen_between(pool):
    with pytest.raises(DomainError, match="Several columns"):
        codes.preview(pool, f"Promo code,Voucher\n{A},{B}\n".encode())


def test_the_page_leaves_doubtful_lines_out_unless_their_box_is_ticked(cast: Cast, pool):
    browser, where = client_of(cast.instructor), url("credit_import", cast.course, pk=pool.pk)
    page = browser.post(where, {"text": f"{A}\n{B} 50\n"}).content.decode()
    assert "Import 1 code<" in page and "Import the 1 doubtful line too" in page and "perhaps no code" in page
    draft = re.search(r'name="sealed" value="([^"]+)"', page)[1]
    browser.post(where, {"sealed": draft})
    assert sealed(pool) == [A]
    browser.post(where, {"sealed": draft, "also_doubtful": "on"})
    assert sealed(pool) == [A, f"{B} 50"]


def test_the_command_leaves_doubtful_lines_out_and_says_how_to_take_them(cast: Cast, pool, tmp_path, capsys):
    file = tmp_path / "codes.txt"
    file.write_text(f"Voucher\n1. {A}\n2. {B} 50\n")
    call_command("import_codes", cast.course.slug, pool.program, file)
    printed = capsys.readouterr()
    assert printed.out.startswith("1 new") and "line 3: perhaps no code (parts of unlike length" in printed.out
    assert "--also-doubtful" in printed.err and A not in printed.out + printed.err and sealed(pool) == [A]
    call_command("import_codes", cast.course.slug, pool.program, file, "--also-doubtful")
    assert sealed(pool) == [A, f"{B} 50"]
    with pytest.raises(CommandError):
        call_command("import_codes", cast.course.slug, "no such pool", file)


def test_a_code_is_found_as_a_list_writes_it(cast: Cast, pool):
    codes.import_codes(pool, A.encode(), by=None, now=NOON)
    page = client_of(cast.assistant).post(url("credit_search", cast.course), {"code": f'="{A}"'}).content.decode()
    assert "in stock" in page
    content = f'login,code,fulfilled_at,channel\nada.fictive,"=""{A}""",2024-04-01T09:00-07:00,email\n'.encode()
    assert past_grants.import_grants(cast.course, content, by=None, now=NOON).added == 1
    assert search.find_code(cast.course, Secret(A), by=cast.assistant.user, now=NOON).grant.enrollment == cast.student
