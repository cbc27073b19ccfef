"""Who is turned away from a code, at asking, at the desk and at showing: refused, logged, and stored by nobody."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from courses.models import Role
from credits.domain import audit, desk, requests
from credits.models import AuditEvent, CreditRequest, Grant, Reveal
from credits.tests.browsing import CODE, kinds, recent
from credits.tests.world import make_pool
from mail.models import Message
from portal.testing import NOON, Cast, assert_kept_by_nobody, client_of, enroll, make_course, url

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]
DIGITS = {"digits": "123456"}


@pytest.fixture
def grant(cast: Cast, pool):
    asked = requests.ask(pool, by=cast.student, now=NOON)
    requests.approve(asked, by=cast.assistant.user, now=NOON)
    return Grant.objects.get()


def moved_to_another_section(cast: Cast, pool):
    pool.sections.set([cast.course.sections.get(position=1)])
    return recent(cast.student)


def dropped(cast: Cast, pool):
    type(cast.student).objects.filter(pk=cast.student.pk).update(dropped_at=NOON)
    return recent(cast.student)


def of_another_course(role):
    def browser(cast: Cast, pool):
        return recent(enroll(make_course("cs102-s24"), "Di Elsewhere", role))

    return browser


def stranger(cast: Cast, pool):
    return client_of(cast.stranger)


OUTSIDE = {
    "a student of a section that is not eligible": (moved_to_another_section, 302),
    "a student dropped after approval": (dropped, 404),
    "another course's instructor": (of_another_course(Role.INSTRUCTOR), 404),
    "another course's assistant": (of_another_course(Role.ASSISTANT), 404),
    "another course's student": (of_another_course(Role.STUDENT), 404),
    "a stranger": (stranger, 404),
}


@pytest.mark.parametrize("who", OUTSIDE)
def test_who_may_not_is_shown_no_code_and_stands_in_the_log(cast: Cast, pool, grant, who):
    knock, status = OUTSIDE[who]
    browser, before = knock(cast, pool), AuditEvent.objects.count()
    answer = browser.post(url("credit_reveal", cast.course, pk=grant.pk))
    assert answer.status_code == status and not CODE.search(answer.content.decode())
    assert_kept_by_nobody(answer)
    assert kinds()[before:] == ["refused"]
    assert AuditEvent.objects.last().actor_id == int(browser.session["_auth_user_id"])
    assert Grant.objects.get().is_open and not Reveal.objects.exists()
    assert audit.verify(cast.course.pk).broken == ""


@pytest.mark.parametrize("who", OUTSIDE)
def test_who_may_not_can_neither_ask_nor_take_one_at_the_desk(cast: Cast, pool, who):
    knock, status = OUTSIDE[who]
    pin = desk.start(pool, cast.student, by=cast.assistant.user, channel="class", now=NOON)
    browser, before = knock(cast, pool), AuditEvent.objects.count()
    assert browser.post(url("credit_ask", cast.course, pk=pool.pk)).status_code == status
    assert kinds()[before:] == ["refused"] and not CreditRequest.objects.exists()
    answer = browser.post(url("credit_collect", cast.course, pk=pool.pk), {"digits": pin.digits.show()})
    assert answer.status_code == (422 if status == 302 else 404) and not CODE.search(answer.content.decode())
    assert answer["Cache-Control"] == "no-store, no-transform, private"
    assert kinds()[before:] == ["refused", "refused"] and not Grant.objects.exists()


def test_a_student_dropped_while_waiting_gets_none_when_codes_come(cast: Cast):
    pool = make_pool(cast.course, stock=0, approves_by_rule=True)
    requests.ask(pool, by=cast.student, now=NOON)
    dropped(cast, pool)
    assert make_pool(cast.course, program="Other").codes.count()
    from_elsewhere = pool.codes.model.objects.first()
    pool.codes.model.objects.filter(pk=from_elsewhere.pk).update(pool=pool)
    assert requests.serve_due(NOON) == 0
    assert CreditRequest.objects.get().state == "declined" and not Grant.objects.exists()


STAFF_ONLY = ["credit_requests", "credit_decline", "credit_reopen", "credit_faulty", "credit_search", "credit_desk"]


@pytest.mark.parametrize("name", [*STAFF_ONLY, "credit_import", "credit_pool", "credit_pool_new"])
def test_a_student_who_tries_what_staff_do_is_refused_and_logged(cast: Cast, pool, grant, name):
    asked = requests.ask(pool, by=cast.other_student, now=NOON)
    pk = {"credit_decline": asked.pk, "credit_reopen": grant.pk, "credit_faulty": grant.pk}.get(name, pool.pk)
    kwargs = {} if name in ("credit_requests", "credit_search", "credit_pool_new") else {"pk": pk}
    before = AuditEvent.objects.count()
    answer = recent(cast.other_student).post(url(name, cast.course, **kwargs), {"request": asked.pk})
    assert answer.status_code == 403 and kinds()[before:] == ["refused"]
    asked.refresh_from_db()
    assert asked.state == "asked" and Grant.objects.count() == 1


# --- The sign-in, through the real pages -------------------------------------------------------
def typed_code(browser: Client, where: str, **form: str):
    code = re.search(r"\b\d{4}-?\d{4}\b", Message.objects.filter(kind="sign_in_code").latest("pk").text)[0]
    return browser.post(where, {**form, "code": code})


def test_six_minutes_after_signing_in_one_signs_in_again_and_is_logged(cast: Cast, grant, at_noon):
    browser, where = Client(), url("credit_reveal", cast.course, pk=grant.pk)
    browser.post(reverse("account_login"), {"email": cast.student.user.email})
    typed_code(browser, reverse("account_confirm_login_code"))
    at_noon.shift(360)
    answer = browser.post(where)
    assert answer["Location"] == f"/sign-in/again?next=%2Fc%2F{cast.course.slug}%2Fcredits%2F"
    assert_kept_by_nobody(answer)
    event = AuditEvent.objects.last()
    assert (event.kind, event.note) == ("refused", "the sign-in was over five minutes old")
    assert (event.actor_id, event.enrollment_id) == (cast.student.user_id, cast.student.pk)
    browser.post(answer["Location"], {"do": "send"})
    typed_code(browser, answer["Location"])
    assert CODE.search(browser.post(where).content.decode())


def test_a_fresh_sign_in_through_a_provider_does_not_renew_an_old_code(cast: Cast, grant):
    browser = recent(cast.student, age=360)
    session = browser.session
    fresh = {"method": "socialaccount", "at": NOON.timestamp(), "provider": "x", "uid": "1", "reauthenticated": True}
    session["account_authentication_methods"] = [*session["account_authentication_methods"], fresh]
    session.save()
    answer = browser.post(url("credit_reveal", cast.course, pk=grant.pk))
    assert answer["Location"].startswith("/sign-in/again") and kinds()[-1] == "refused"
    assert Grant.objects.get().is_open


def test_another_persons_fresh_code_in_this_browser_does_not_count(cast: Cast, grant):
    browser = recent(cast.student)
    session = browser.session
    session["account_authentication_methods_user"] = str(cast.other_student.user_id)
    session.save()
    answer = browser.post(url("credit_reveal", cast.course, pk=grant.pk))
    assert answer["Location"].startswith("/sign-in/again") and Grant.objects.get().is_open
