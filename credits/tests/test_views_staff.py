"""Staff's pages: stock, search, ledger, settings."""

import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from courses.models import Role
from credits.domain import grants, requests
from credits.models import AuditEvent, CreditCode, CreditRequest
from credits.tests.browsing import CODE, kinds
from credits.tests.world import fake_codes, fill, give, make_pool
from mail.models import Message
from portal.testing import NOON, Cast, assert_kept_by_nobody, client_of, enroll, url

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]


@pytest.fixture
def grant(cast: Cast, pool):
    return give(pool, cast.student)


# --- Stock, search, ledger ---------------------------------------------------------------------
def test_importing_shows_first_and_no_page_holds_a_code(cast: Cast):
    pool = make_pool(cast.course, stock=0)
    browser, where = client_of(cast.instructor), url("credit_import", cast.course, pk=pool.pk)
    page = browser.post(where, {"text": "\n".join([*fake_codes(2), "fake code 0001", "x"])})
    text = page.content.decode()
    assert "2 new codes" in text and "twice in this file" in text and not CODE.search(text)
    assert_kept_by_nobody(page, "same-origin")
    assert not CreditCode.objects.exists()
    sealed = re.search(r'name="sealed" value="([^"]+)"', text)[1]
    other = enroll(cast.course, "Ola Other", Role.INSTRUCTOR)
    client_of(other).post(where, {"sealed": sealed})
    assert not CreditCode.objects.exists()
    browser.post(where, {"sealed": sealed})
    assert pool.codes.count() == 2


def test_an_empty_import_is_said_and_what_was_typed_is_not_shown_again(cast: Cast, pool):
    where = url("credit_import", cast.course, pk=pool.pk)
    assert client_of(cast.instructor).post(where, {}).status_code == 422
    page = client_of(cast.instructor).post(where, {"text": "a,b\nFAKE-Code-9999,c"})
    assert page.status_code == 422 and "FAKE-Code-9999" not in page.content.decode()


@pytest.mark.parametrize(("typed", "words"), [("fake code 1001", "Ada Fictive"), ("FAKE-Code-9999", "No code of this")])
def test_a_code_is_looked_up_without_opening_any(cast: Cast, typed, words, monkeypatch):
    pool = make_pool(cast.course, stock=0)
    fill(pool, ["FAKE-Code-1001"])
    give(pool, cast.student)
    monkeypatch.setattr("credits.domain.vault.unseal", lambda *_: pytest.fail("a code was opened"))
    page = client_of(cast.assistant).post(url("credit_search", cast.course), {"code": typed}).content.decode()
    assert words in page and typed not in page
    assert kinds()[-1] == "code looked up"


def test_the_ledger_counts_as_of_any_minute_and_its_file_holds_no_code(cast: Cast, grant, pool):
    browser = client_of(cast.assistant)
    page = browser.get(url("credit_ledger", cast.course, pk=pool.pk)).content.decode()
    assert "1 credit request fulfilled as of Apr 9 @ 12:00p" in page and "Ada Fictive" in page
    before = browser.get(url("credit_ledger", cast.course, pk=pool.pk), {"at": "2024-04-09T11:59"}).content.decode()
    assert "0 credit requests fulfilled as of Apr 9 @ 11:59a" in before and "Ada Fictive" not in before
    file = browser.get(url("credit_ledger_csv", cast.course, pk=pool.pk)).content.decode()
    assert file.startswith("\ufefflogin,name")  # so that spreadsheet programs read its letters right
    assert file.splitlines()[1] == "ada.fictive,Ada Fictive,CS 101,portal,2024-04-09T12:00:00-07:00,"
    assert not CODE.search(file + page)


@pytest.mark.parametrize("rows", [1, 3])
def test_list_pages_ask_as_often_for_one_row_as_for_three(cast: Cast, rows, django_assert_num_queries):
    pool = make_pool(cast.course, stock=5)
    for n in range(rows):
        give(pool, enroll(cast.course, f"Sam Row{n}"))
        requests.ask(pool, by=enroll(cast.course, f"Ana Ask{n}"), now=NOON)
    browser = client_of(cast.assistant)
    pool.grants.update(reported_at=NOON, report="It says: used already.")
    pages = [("credit_ledger", {"pk": pool.pk}, LEDGER), ("credit_requests", {}, REQUESTS), ("credits", {}, STOCK)]
    for name, kwargs, number in pages:
        browser.get(url(name, cast.course, **kwargs))
        with django_assert_num_queries(number):
            assert browser.get(url(name, cast.course, **kwargs)).status_code == 200


LEDGER, REQUESTS, STOCK = 13, 6, 16


def test_an_announcement_with_a_code_of_the_stock_is_stopped(cast: Cast):
    pool = make_pool(cast.course, stock=0)
    fill(pool, ["FAKE-Code-1001"])
    browser = client_of(cast.instructor)
    draft = cast.course.announcements.create(title="Codes", text="Take fake  code 1001!", created_at=NOON)
    where = url("announcement_post", cast.course, pk=draft.pk)
    page = browser.post(where, {"sure": "yes"}, follow=True).content.decode()
    assert "holds a credit code" in page and not Message.objects.exists()
    cast.course.announcements.update(text="Collect your codes on the portal.")
    browser.post(where, {"sure": "yes"})
    assert Message.objects.filter(kind="announcement").count() == 4


def test_the_pools_settings_are_the_instructors(cast: Cast, pool):
    form = {"program": "Invented credits", "per_student": 2, "low_stock": 3, "approves_by_rule": "on"}
    assert client_of(cast.instructor).post(url("credit_pool", cast.course, pk=pool.pk), form).status_code == 302
    pool.refresh_from_db()
    assert (pool.per_student, pool.approves_by_rule, pool.sections.count()) == (2, True, 0)
    assert client_of(cast.instructor).post(url("credit_pool", cast.course, pk=pool.pk), {}).status_code == 422


@pytest.mark.parametrize(("value", "words"), [("100", "100"), ("12.5", "12.50"), ("0.0304", "0.0304")])
def test_the_worth_of_a_code_stands_without_needless_zeros(cast: Cast, pool, value, words):
    cast.course.credit_pools.update(value_usd=value)
    page = client_of(cast.instructor).get(url("credit_pool", cast.course, pk=pool.pk)).content.decode()
    assert f'name="value_usd" value="{words}"' in page


def test_who_could_not_be_approved_is_named_with_the_reason(cast: Cast, pool):
    asked = requests.ask(pool, by=cast.student, now=NOON)
    give(pool, cast.student)
    chosen = {"request": [asked.pk]}
    page = client_of(cast.assistant).post(url("credit_requests", cast.course), chosen, follow=True).content.decode()
    assert "Ada Fictive could not be approved: All the codes that one student may have" in page
    assert "told by letter." not in page.partition("could not be approved")[0]
    requests.decline(asked, by=cast.assistant.user, reason="You have one.", now=NOON)
    page = client_of(cast.assistant).post(url("credit_requests", cast.course), chosen, follow=True).content.decode()
    assert "Nobody was chosen" in page


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"value_usd": "-5"}, "greater than or equal to 0"),
        ({"per_student": 0}, "greater than or equal to 1"),
        ({"per_student": 101}, "less than or equal to 100"),
        ({"low_stock": 10001}, "less than or equal to 10000"),
        ({"redeem_by": "2024-05-02", "expires_on": "2024-05-01"}, "after the day on which the credit expires"),
    ],
)
def test_a_pool_is_set_only_to_what_the_course_file_holds_too(cast: Cast, pool, wrong, words):
    form = {"program": "Invented credits", "per_student": 1, "low_stock": 5, **wrong}
    answer = client_of(cast.instructor).post(url("credit_pool", cast.course, pk=pool.pk), form)
    assert answer.status_code == 422 and words in answer.content.decode()
    assert "Constraint" not in answer.content.decode()
    pool.refresh_from_db()
    assert (pool.per_student, pool.low_stock, pool.value_usd) == (1, 5, None)


def test_a_file_of_codes_that_is_too_long_never_touches_the_disk(cast: Cast, pool, monkeypatch):
    def spilled(*_, **__):
        pytest.fail("codes were written to the disk in clear")

    monkeypatch.setattr("django.core.files.uploadhandler.TemporaryUploadedFile", spilled)
    file = SimpleUploadedFile("codes.csv", b"FAKE-Code-0001\n" * 250_000)
    where = url("credit_import", cast.course, pk=pool.pk)
    answer = client_of(cast.instructor).post(where, {"file": file})
    assert answer.status_code == 422 and "at most 1 MB" in answer.content.decode()


def test_a_code_whose_seal_does_not_open_can_be_replaced_from_the_ledger(cast: Cast, pool, grant):
    page = client_of(cast.assistant).get(url("credit_ledger", cast.course, pk=pool.pk)).content.decode()
    assert "Faulty: give them another" in page and "Lost: show it" not in page
    where = url("credit_faulty", cast.course, pk=grant.pk)
    asked = client_of(cast.assistant).get(where, {"from": "ledger"}).content.decode()
    assert "cannot be undone" in asked and "another of the 2 in stock" in asked and "Keep it" in asked
    assert not CreditCode.objects.filter(state="faulty").exists()  # asking changes nothing
    answer = client_of(cast.assistant).post(where, {"from": "ledger"})
    assert answer["Location"] == url("credit_ledger", cast.course, pk=pool.pk)
    grant.refresh_from_db()
    assert grant.is_ready and CreditCode.objects.filter(state="faulty").count() == 1


def test_replacing_without_another_says_who_waits_and_leads_back(cast: Cast):
    only = give(make_pool(cast.course, stock=1), cast.student)
    browser, where = client_of(cast.assistant), url("credit_faulty", cast.course, pk=only.pk)
    assert "Ada Fictive waits, first in line" in browser.get(where).content.decode()
    cast.course.credit_pools.update(redeem_by=NOON.date() - timedelta(days=1))
    assert "No other takes its place" in browser.get(where).content.decode()
    assert browser.post(where)["Location"] == url("credits", cast.course)
    page = browser.get(where).content.decode()
    assert "Marked as faulty already" in page and "button danger" not in page


def test_a_report_stands_on_today_until_it_is_answered(cast: Cast, pool, grant):
    grants.reveal(grant, by=cast.student, now=NOON)
    browser = client_of(cast.instructor)
    today, home = f"/c/{cast.course.slug}/", url("credits", cast.course)
    assert "reported as not working" not in browser.get(today).content.decode()
    grants.report_faulty(grant, by=cast.student, words="AWS says: not valid", now=NOON)
    assert "code reported as not working" in browser.get(today).content.decode()
    page = browser.get(home).content.decode()
    assert "AWS says: not valid" in page and "It is sound: show it once more" in page and "for good" in page
    browser.post(url("credit_reopen", cast.course, pk=grant.pk))
    assert "reported as not working" not in browser.get(today).content.decode()
    assert "AWS says: not valid" not in browser.get(home).content.decode()
    assert Message.objects.filter(kind="credit", recipient=cast.student.user).count() == 1
    assert AuditEvent.objects.last().note == "reported, and sound"


def test_words_that_are_too_long_are_given_back(cast: Cast, pool, grant):
    grants.reveal(grant, by=cast.student, now=NOON)
    words = "a long story " * 40
    answer = client_of(cast.student).post(url("credit_report", cast.course, pk=grant.pk), {"words": words})
    assert answer.status_code == 422 and words.strip() in answer.content.decode()
    assert "at most 300 characters" in answer.content.decode()
    asked = requests.ask(pool, by=cast.other_student, now=NOON)
    answer = client_of(cast.assistant).post(url("credit_decline", cast.course, pk=asked.pk), {"reason": words})
    assert answer.status_code == 422 and words.strip() in answer.content.decode()
    assert "at most 300 characters" in answer.content.decode()
    assert CreditRequest.objects.get().state == "asked"
