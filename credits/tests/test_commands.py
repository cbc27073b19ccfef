"""The commands on the demo: the figures of the slide."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from credits.domain import vault
from credits.models import AuditEvent, CreditCode, Grant
from credits.tests import world
from credits.tests.world import DEMO, make_pool
from portal.testing import Cast

pytestmark = pytest.mark.django_db
SLUG = "tcss562-f23"


def run(*args: object) -> str:
    out = StringIO()
    call_command(*map(str, args), stdout=out, stderr=StringIO())
    return out.getvalue()


@pytest.fixture
def oracle(db):
    course = world.oracle()
    make_pool(course, stock=0, program="AWS cloud credits")
    run("import_codes", SLUG, "AWS cloud credits", DEMO / "credit-codes.csv")
    run("import_grants", SLUG, DEMO / "credit-grants.csv")
    return course


@pytest.mark.parametrize(
    ("at", "fulfilled", "words"),
    [
        ("2023-11-27T23:59:59-08:00", 62, "62 credit requests fulfilled as of Nov 27 @ 11:59p"),
        ("2023-10-31T23:59:59-07:00", 30, "30 credit requests fulfilled as of Oct 31 @ 11:59p"),
        ("2023-11-20T23:59:59-08:00", 57, "57 credit requests fulfilled as of Nov 20 @ 11:59p"),
        ("2023-11-26T11:00:59-08:00", 61, "61 credit requests fulfilled as of Nov 26 @ 11:00a"),
        ("2023-11-26T11:01:00-08:00", 62, "62 credit requests fulfilled as of Nov 26 @ 11:01a"),
    ],
)
def test_the_counts_of_the_oracle(oracle, at, fulfilled, words):
    counts = json.loads(run("credits_as_of", SLUG, at, "--format", "json"))
    assert counts == {"fulfilled": fulfilled, "eligible": 69, "stock": 0, "waiting": 0, "text": words}


def test_today_seven_codes_are_left(oracle):
    assert "62 credit requests" in run("credits_as_of", SLUG, "2099-01-01T00:00:00+00:00")
    assert json.loads(run("credits_as_of", SLUG, "2099-01-01T00:00:00+00:00", "--format", "json"))["stock"] == 7


def test_both_imports_again_add_nothing(oracle):
    assert run("import_codes", SLUG, "AWS cloud credits", DEMO / "credit-codes.csv").startswith("0 new")
    assert run("import_grants", SLUG, DEMO / "credit-grants.csv") == "0 hand-outs imported, 62 were there already\n"
    assert Grant.objects.count() == 62 and AuditEvent.objects.count() == 63


def test_an_imported_hand_out_is_fulfilled_and_revealed(oracle):
    grant = Grant.objects.get(enrollment__login="dara.sample")
    assert grant.fulfilled_at == grant.revealed_at and not grant.is_open and grant.channel == "in_person"
    assert grant.fulfilled_at.isoformat() == "2023-10-05T19:28:00+00:00"


def test_a_file_of_hand_outs_with_one_bad_row_writes_nothing(oracle, tmp_path):
    file = tmp_path / "more.csv"
    free = CreditCode.objects.free().count()
    file.write_text(
        "login,code,fulfilled_at,channel\n"
        "nobody.here,FAKE-CODE-069,2023-11-28T10:00-08:00,email\n"
        "dara.sample,FAKE-CODE-999,2023-11-28T10:00-08:00,email\n"
        "dara.sample,FAKE-CODE-069,2023-11-28T10:00,email\n"
    )
    with pytest.raises(CommandError) as refused:
        run("import_grants", SLUG, file)
    words = str(refused.value)
    assert "line 2" in words and "line 3" in words and "line 4" in words and "FAKE" not in words
    assert CreditCode.objects.free().count() == free


@pytest.mark.parametrize("row", ["{0},{0},{0},email", "dara.sample,{1},{0},email", "dara.sample,{1},2023-11-28,{0}"])
def test_a_code_in_any_column_is_told_nowhere(oracle, tmp_path, row):
    file = tmp_path / "slipped.csv"
    known = CreditCode.objects.free().count()
    file.write_text("login,code,fulfilled_at,channel\n" + row.format("FAKE-CODE-068", "FAKE-CODE-069"))
    with pytest.raises(CommandError, match=r"line 2: (the (login|channel)|fulfilled_at)") as refused:
        run("import_grants", SLUG, file)
    assert "fake-code" not in str(refused.value).lower() and CreditCode.objects.free().count() == known


def test_a_pool_nobody_knows_and_a_time_without_zone_are_refused(oracle):
    with pytest.raises(CommandError, match='there is: "AWS cloud credits"'):
        run("import_codes", SLUG, "Other", DEMO / "credit-codes.csv")
    with pytest.raises(CommandError, match="zone"):
        run("credits_as_of", SLUG, "2023-11-27T23:59:59")


def test_without_a_key_in_production_every_import_is_refused(cast: Cast, settings):
    make_pool(cast.course, stock=0)
    settings.CREDIT_KEYS, settings.IS_PRIVATE = "", True
    with pytest.raises(CommandError, match="No key for credit codes"):
        run("import_codes", cast.course.slug, "Invented credits", DEMO / "credit-codes.csv")
    with pytest.raises(CommandError, match="No key for credit codes"):
        run("import_grants", cast.course.slug, DEMO / "credit-grants.csv")


def test_the_chain_of_the_demo_verifies_and_its_head_can_be_asked_for(oracle):
    words = run("verify_audit", SLUG)
    assert words.startswith(f"{SLUG}: 63 events, head 63:")
    head = words.rpartition(" ")[2].strip()
    assert run("verify_audit", SLUG, "--head", head) == words
    with pytest.raises(CommandError, match="broken"):
        run("verify_audit", SLUG, "--head", "63:ffff")


def test_rotation_leaves_nothing_to_the_old_key(oracle, settings):
    settings.CREDIT_KEYS = f"second:{vault.new_key()},{settings.CREDIT_KEYS}"
    assert run("rotate_credit_keys", "--dry-run") == "key second: 0 codes\nkey first: 69 codes\n"
    assert run("rotate_credit_keys") == "key second: 69 codes\nkey first: 0 codes\n69 sealed anew\n"
    assert run("rotate_credit_keys").endswith("0 sealed anew\n")
    settings.CREDIT_KEYS = settings.CREDIT_KEYS.partition(",")[0]
    assert run("rotate_credit_keys", "--dry-run") == "key second: 69 codes\n"


def test_keys_whose_names_differ_in_case_only_are_two(oracle, settings):
    settings.CREDIT_KEYS = f"FIRST:{vault.new_key()},{settings.CREDIT_KEYS}"
    assert run("rotate_credit_keys") == "key FIRST: 69 codes\nkey first: 0 codes\n69 sealed anew\n"


def test_a_code_that_does_not_open_is_left_and_told(oracle, settings):
    odd = CreditCode.objects.first()
    other = CreditCode.objects.last()
    CreditCode.objects.filter(pk=odd.pk).update(sealed=other.sealed)
    settings.CREDIT_KEYS = f"second:{vault.new_key()},{settings.CREDIT_KEYS}"
    with pytest.raises(CommandError, match="1 codes do not open"):
        run("rotate_credit_keys")
    assert CreditCode.objects.filter(sealed__startswith="v1.second.").count() == 68
