"""Staff read the log; a student takes a request back; staff write what the course reminds of."""

import pytest

from credits.domain import audit, requests
from credits.models import AuditEvent, AuditHead, CreditRequest, Grant
from credits.tests.browsing import CODE, kinds, recent
from credits.tests.world import fake_codes, fill, give, make_pool
from portal.testing import NOON, Cast, client_of, enroll, log_can_be_emptied, url

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]


def log(cast: Cast, **chosen) -> str:
    return client_of(cast.assistant).get(url("credit_log", cast.course), chosen).content.decode()


def rows(page: str) -> str:
    return page.partition('<ul class="rows part">')[2].partition("</ul>")[0]


# --- The log -----------------------------------------------------------------------------------
def test_the_log_says_who_did_what_when_and_holds_no_code(cast: Cast, pool):
    grant = give(pool, cast.student, actor=cast.assistant.user)
    recent(cast.student).post(url("credit_reveal", cast.course, pk=grant.pk))
    page = log(cast)
    assert "<b>code given</b>, Ada Fictive" in page and "by Tay Assistant" in page
    assert "<b>code shown</b> " in page and "by Ada Fictive" in page and "Tue Apr 9, 12:00 pm PDT" in page
    assert "<b>codes imported</b>" in page and "by the portal itself" in page
    assert "3 events checked just now" in page and not CODE.search(page)


def test_the_log_is_narrowed_to_a_person_and_to_what_happened(cast: Cast, pool):
    for person in (cast.student, cast.other_student):
        requests.ask(pool, by=person, now=NOON)
    requests.approve(CreditRequest.objects.first(), by=cast.assistant.user, now=NOON)
    listed = rows(log(cast, kind="asked"))
    assert listed.count("<li>") == 2 and "code given" not in listed
    listed = rows(log(cast, person=cast.student.pk))
    assert listed.count("<li>") == 3 and "Timo" not in listed
    by_staff = rows(log(cast, person=cast.assistant.pk, kind="approved"))
    assert by_staff.count("<li>") == 1 and "Ada Fictive" in by_staff
    assert "Nothing of what you chose" in log(cast, person=cast.instructor.pk)
    assert client_of(cast.assistant).get(url("credit_log", cast.course), {"kind": "x"}).status_code == 422


def test_the_log_comes_by_pages_that_keep_what_was_chosen(cast: Cast):
    for n in range(60):
        audit.note(cast.course.pk, "counted", now=NOON, note=f"number {n}", enrollment_id=cast.student.pk)
    page = log(cast, kind="counted")
    assert "number 59" in page and "number 9<" not in page and "?kind=counted&amp;page=2" in page
    assert "number 9<" in log(cast, kind="counted", page=2)


def test_a_log_that_was_changed_says_which_row(cast: Cast, pool):
    requests.ask(pool, by=cast.student, now=NOON)
    with log_can_be_emptied():
        AuditEvent.objects.filter(seq=2).update(actor_id=cast.other_student.user_id)
    assert "row 2 (" in log(cast) and "not as it was written" in log(cast)


def test_a_tail_cut_off_with_its_head_is_named_once_a_letter_told_of_it(cast: Cast, pool):
    requests.ask(pool, by=cast.student, now=NOON)
    AuditHead.objects.update(told_seq=2)
    with log_can_be_emptied():
        AuditEvent.objects.filter(seq=2).delete()
        AuditHead.objects.update(seq=1, mac=AuditEvent.objects.get().mac)
    assert "row 2 is missing" in log(cast)


def test_somebody_who_is_gone_still_has_a_row(cast: Cast):
    audit.note(cast.course.pk, "counted", now=NOON, enrollment_id=999_999, actor_id=999_999)
    assert log(cast).count("somebody who is gone") == 2


def test_without_its_key_the_log_can_be_read_but_not_checked(cast: Cast, pool, settings):
    browser = client_of(cast.assistant)
    settings.CREDIT_KEYS, settings.IS_PRIVATE = "", True
    page = browser.get(url("credit_log", cast.course), secure=True).content.decode()
    assert "No key for credit codes is set" in page and "codes imported" in page


@pytest.mark.parametrize("rows", [1, 3])
def test_the_log_asks_as_often_for_one_row_as_for_three(cast: Cast, rows, django_assert_num_queries):
    for n in range(rows):
        person = enroll(cast.course, f"Sam Row{n}")
        audit.note(cast.course.pk, "counted", now=NOON, enrollment_id=person.pk, actor_id=person.user_id)
    browser = client_of(cast.assistant)
    browser.get(url("credit_log", cast.course))
    with django_assert_num_queries(LOG):
        assert browser.get(url("credit_log", cast.course)).status_code == 200


LOG = 13


def test_the_log_speaks_words_and_the_courses_time(cast: Cast):
    notes = [
        ("past hand-out imported", "in_person, 2023-11-15T19:01:00+00:00", "in person, Nov 15, 2023, 11:01 am PST"),
        ("code shown", "opening 1, class", "in class"),
        ("code shown", "opening 2, portal", "on the portal, opening 2"),
        ("desk begun", "office_hours", "in office hours"),
        ("refused", "not let in: credit_decline", "not let in: decline"),
        ("pool changed", "Codes for one student 1 → 2", "Codes for one student 1 → 2"),
    ]
    for kind, note, _ in notes:
        audit.note(cast.course.pk, kind, now=NOON, note=note)
    audit.note(cast.course.pk, "faulty, replaced", now=NOON, note="new code ba58df13-8c2d-4000-8000-000000000000")
    page = log(cast)
    for _, _, words in notes:
        assert f'<span class="sub">{words}</span>' in page
    assert "ba58df13" not in page and "in_person" not in page and AuditEvent.objects.get(seq=2).note[:7] == "opening"


# --- Taking a request back ---------------------------------------------------------------------
def test_a_student_withdraws_and_may_ask_again(cast: Cast):
    pool = make_pool(cast.course, stock=0, approves_by_rule=True)
    browser = client_of(cast.student)
    waiting = requests.ask(pool, by=cast.student, now=NOON)
    page = browser.post(url("credit_withdraw", cast.course, pk=waiting.pk), follow=True).content.decode()
    assert "Withdrawn." in page and "Ask for a code" in page and kinds()[-1] == "withdrawn"
    fill(pool, fake_codes(1))
    assert not Grant.objects.exists()  # nobody waits any more
    assert requests.ask(pool, by=cast.student, now=NOON).state == "served"  # the first that counts: by rule


def test_only_ones_own_open_request_can_be_withdrawn_and_other_tries_are_logged(cast: Cast, pool):
    asked = requests.ask(pool, by=cast.student, now=NOON)
    where = url("credit_withdraw", cast.course, pk=asked.pk)
    client_of(cast.other_student).post(where)
    assert CreditRequest.objects.get().state == "asked" and kinds()[-1] == "refused"
    requests.approve(asked, by=cast.assistant.user, now=NOON)
    page = client_of(cast.student).post(where, follow=True).content.decode()
    assert "not open any more" in page and CreditRequest.objects.get().state == "served"


def test_two_pools_of_one_name_are_refused_in_words(cast: Cast, pool):
    form = {"program": pool.program, "per_student": 1, "low_stock": 3}
    page = client_of(cast.instructor).post(url("credit_pool_new", cast.course), form)
    assert page.status_code == 422 and "of this name already" in page.content.decode()
