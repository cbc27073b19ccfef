"""The pages: what a student, staff and everybody else meet there."""

from datetime import timedelta

import pytest
from django.db import DatabaseError

from courses.models import Role
from credits.domain import audit, desk, requests
from credits.models import AuditEvent, CreditCode, CreditRequest, Grant, Reveal
from credits.tests.browsing import CODE, begin, kinds, recent
from credits.tests.world import fake_codes, fill, give, make_pool
from mail.models import Message
from portal.testing import NOON, Cast, assert_kept_by_nobody, client_of, enroll, make_course, url

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]


@pytest.fixture
def grant(cast: Cast, pool):
    return give(pool, cast.student)


# --- Asking ------------------------------------------------------------------------------------
def test_a_student_asks_staff_approve_many_and_each_is_told(cast: Cast, pool):
    for person in (cast.student, cast.other_student):
        assert client_of(person).post(url("credit_ask", cast.course, pk=pool.pk)).status_code == 302
    page = client_of(cast.assistant).get(url("credit_requests", cast.course)).content.decode()
    assert "Ada Fictive" in page and "Timo Placeholder" in page
    chosen = {"request": list(CreditRequest.objects.values_list("pk", flat=True))}
    client_of(cast.assistant).post(url("credit_requests", cast.course), chosen)
    assert Grant.objects.count() == Message.objects.filter(kind="credit").count() == 2
    assert "Show my code, once" in client_of(cast.student).get(url("credits", cast.course)).content.decode()


def test_by_rule_the_first_request_is_approved_and_one_after_a_decline_is_not(cast: Cast):
    pool = make_pool(cast.course, approves_by_rule=True)
    assert requests.ask(pool, by=cast.other_student, now=NOON).state == "served"
    declined = CreditRequest.objects.create(pool=pool, enrollment=cast.student, state="declined", asked_at=NOON)
    assert declined and requests.ask(pool, by=cast.student, now=NOON).state == "asked"


def test_who_finds_no_code_waits_and_is_served_when_codes_come(cast: Cast):
    pool = make_pool(cast.course, stock=0, approves_by_rule=True)
    browser = client_of(cast.student)
    page = browser.post(url("credit_ask", cast.course, pk=pool.pk), follow=True).content.decode()
    assert "you are number 1 on the list" in page
    report = fill(pool, fake_codes(1))
    assert report.served == 1 and Grant.objects.get().enrollment == cast.student
    assert Message.objects.filter(kind="credit").order_by("pk").last().subject.endswith("code is ready")


def test_a_declined_request_tells_why_and_can_be_asked_anew(cast: Cast, pool):
    asked = requests.ask(pool, by=cast.student, now=NOON)
    where = url("credit_decline", cast.course, pk=asked.pk)
    client_of(cast.assistant).post(where, {"reason": "Ask after class 3."})
    page = client_of(cast.student).get(url("credits", cast.course)).content.decode()
    assert "Ask after class 3." in page and "Ask for a code" in page
    assert "Ask after class 3." in Message.objects.get(kind="credit").text


def test_another_section_is_refused_and_logged(cast: Cast, pool):
    pool.sections.set([cast.course.sections.get(position=0)])
    client_of(cast.other_student).post(url("credit_ask", cast.course, pk=pool.pk))
    assert not CreditRequest.objects.exists()
    event = AuditEvent.objects.last()
    assert (event.kind, event.enrollment_id) == ("refused", cast.other_student.pk)


def test_after_the_last_day_to_redeem_nothing_is_asked_for(cast: Cast):
    pool = make_pool(cast.course, redeem_by=NOON.date() - timedelta(days=1))
    page = client_of(cast.student).post(url("credit_ask", cast.course, pk=pool.pk), follow=True).content.decode()
    assert "The last day to redeem" in page and not CreditRequest.objects.exists()


# --- Collecting --------------------------------------------------------------------------------
def test_the_code_is_shown_once_uncompressed_and_stored_nowhere(cast: Cast, grant):
    browser = recent(cast.student)
    where = url("credit_reveal", cast.course, pk=grant.pk)
    answer = browser.post(where, headers={"Accept-Encoding": "gzip, br"})
    assert answer.status_code == 200 and len(set(CODE.findall(answer.content.decode()))) == 1
    assert len(answer.content) > 1000 and b"<form" not in answer.content  # long enough to be compressed
    assert_kept_by_nobody(answer)
    assert kinds()[-1] == "code shown"
    again = browser.post(url("credit_reveal", cast.course, pk=grant.pk))
    assert again.status_code == 302
    assert_kept_by_nobody(again)
    page = browser.get(url("credits", cast.course)).content.decode()
    assert "is shown once only" in page and not CODE.search(page)
    assert kinds()[-1] == "refused" and Reveal.objects.count() == 1


def test_an_ordinary_page_is_still_compressed(cast: Cast, pool):
    answer = client_of(cast.student).get(url("credits", cast.course), headers={"Accept-Encoding": "gzip"})
    assert answer["Content-Encoding"] == "gzip"


def test_a_look_shows_nothing(cast: Cast, grant):
    answer = recent(cast.student).get(url("credit_reveal", cast.course, pk=grant.pk))
    assert answer.status_code == 405
    assert_kept_by_nobody(answer)


@pytest.mark.parametrize(("method", "age"), [("code", 300), ("code", 360), ("socialaccount", 1), ("password", 1)])
def test_an_old_sign_in_or_one_through_a_provider_leads_to_the_code_form_and_is_logged(cast: Cast, grant, method, age):
    answer = recent(cast.student, method, age).post(url("credit_reveal", cast.course, pk=grant.pk))
    assert answer["Location"] == f"/sign-in/again?next=%2Fc%2F{cast.course.slug}%2Fcredits%2F"
    assert_kept_by_nobody(answer)
    assert kinds()[-1] == "refused" and AuditEvent.objects.last().actor_id == cast.student.user_id
    assert Grant.objects.get().is_open


def test_a_sign_in_just_under_five_minutes_old_is_enough(cast: Cast, grant):
    assert recent(cast.student, age=299).post(url("credit_reveal", cast.course, pk=grant.pk)).status_code == 200


def test_nobody_else_sees_it_and_each_try_is_logged(cast: Cast, grant):
    other_course = make_course("cs102-s24")
    elsewhere = enroll(other_course, "Di Elsewhere", Role.INSTRUCTOR)
    where = url("credit_reveal", cast.course, pk=grant.pk)
    client = client_of(cast.stranger)
    answers = [client.post(where), recent(elsewhere).post(where)]
    answers += [recent(person).post(where) for person in (cast.other_student, cast.assistant, cast.instructor)]
    cast.student.dropped_at = NOON
    cast.student.save()
    answers.append(recent(cast.student).post(where))
    assert [answer.status_code for answer in answers] == [404, 404, 302, 302, 302, 404]
    for answer in answers:
        assert_kept_by_nobody(answer)
        assert not CODE.search(answer.content.decode())
    assert kinds()[-6:] == ["refused"] * 6
    assert Grant.objects.get().is_open and audit.verify(cast.course.pk).broken == ""


def test_the_signed_out_are_told_to_sign_in(cast: Cast, grant, client):
    answer = client.post(url("credit_reveal", cast.course, pk=grant.pk))
    assert answer.status_code == 403
    assert_kept_by_nobody(answer)


def test_when_the_log_cannot_be_written_nothing_leaves(cast: Cast, grant, monkeypatch):
    note = audit.note

    def broken(course_id, kind, **what):
        if kind == "code shown":
            raise DatabaseError("disk full")
        return note(course_id, kind, **what)

    monkeypatch.setattr(audit, "note", broken)
    browser = recent(cast.student)
    browser.raise_request_exception = False
    answer = browser.post(url("credit_reveal", cast.course, pk=grant.pk))
    assert answer.status_code == 500 and not CODE.search(answer.content.decode())
    assert_kept_by_nobody(answer)
    assert Grant.objects.get().is_open and not Reveal.objects.exists()
    monkeypatch.undo()
    assert CODE.search(browser.post(url("credit_reveal", cast.course, pk=grant.pk)).content.decode())


@pytest.mark.parametrize("damage", ["transplanted", "cut off", "unknown key"])
def test_a_seal_that_does_not_open_is_told_changes_nothing_and_is_logged(cast: Cast, grant, damage):
    code = grant.code
    other = CreditCode.objects.exclude(pk=code.pk).first()
    sealed = {
        "transplanted": other.sealed,
        "cut off": code.sealed[:40],
        "unknown key": code.sealed.replace("v1.first.", "v1.gone."),
    }[damage]
    CreditCode.objects.filter(pk=code.pk).update(sealed=sealed)
    answer = recent(cast.student).post(url("credit_reveal", cast.course, pk=grant.pk))
    assert answer.status_code == 302 and not CODE.search(answer.content.decode())
    assert Grant.objects.get().is_open and not Reveal.objects.exists() and kinds()[-1] == "refused"


def test_lost_on_the_way_staff_open_it_again_without_seeing_it(cast: Cast, grant):
    browser = recent(cast.student)
    first = CODE.search(browser.post(url("credit_reveal", cast.course, pk=grant.pk)).content.decode())[0]
    answer = client_of(cast.assistant).post(url("credit_reopen", cast.course, pk=grant.pk), follow=True)
    assert not CODE.search(answer.content.decode())
    second = CODE.search(browser.post(url("credit_reveal", cast.course, pk=grant.pk)).content.decode())[0]
    assert first == second and kinds()[-3:] == ["code shown", "opened again", "code shown"]


def test_what_did_not_work_is_reported_and_replaced_and_counts_once(cast: Cast, grant, pool):
    browser = recent(cast.student)
    first = CODE.search(browser.post(url("credit_reveal", cast.course, pk=grant.pk)).content.decode())[0]
    browser.post(url("credit_report", cast.course, pk=grant.pk), {"words": f"AWS says {first.lower()} is used"})
    assert not Grant.objects.get().report  # it holds a code, so it was not taken
    browser.post(url("credit_report", cast.course, pk=grant.pk), {"words": "AWS says: already used"})
    assert "already used" in client_of(cast.assistant).get(url("credits", cast.course)).content.decode()
    client_of(cast.assistant).post(url("credit_faulty", cast.course, pk=grant.pk))
    second = CODE.search(browser.post(url("credit_reveal", cast.course, pk=grant.pk)).content.decode())[0]
    assert second != first and Grant.objects.count() == 1
    assert list(CreditCode.objects.values_list("state", flat=True)) == ["faulty", "given", "free"]


def test_a_faulty_code_without_another_waits_and_is_served_first(cast: Cast):
    pool = make_pool(cast.course, stock=1)
    grant = give(pool, cast.student)
    waiting = requests.ask(pool, by=cast.other_student, now=NOON)
    requests.approve(waiting, by=cast.assistant.user, now=NOON)
    assert not requests.replace(grant, by=cast.assistant.user, now=NOON)
    fill(pool, fake_codes(1, start=77))
    grant.refresh_from_db()
    assert grant.is_open and grant.code.state == "given" and pool.requests.waiting().count() == 1


@pytest.mark.parametrize("stock", [2, 1])
def test_a_replacement_and_its_letter_are_written_together_or_not_at_all(cast: Cast, stock, monkeypatch):
    grant = give(make_pool(cast.course, stock=stock), cast.student)
    by = cast.assistant.user
    if stock == 1:  # none is left: they wait, and new codes come later
        assert not requests.replace(grant, by=by, now=NOON)

    def replace():
        return requests.replace(grant, by=by, now=NOON) if stock == 2 else fill(grant.pool, fake_codes(1, start=77))

    with monkeypatch.context() as patch:
        patch.setattr("credits.domain.letters.post_ready", lambda *_, **__: {}["killed here"])
        with pytest.raises(KeyError):
            replace()
    grant.refresh_from_db()
    assert grant.openings == 1 and not Message.objects.exists()
    assert requests.replace(grant, by=by, now=NOON) if stock == 2 else requests.serve_due(NOON)
    assert Message.objects.filter(kind="credit").count() == 1


# --- The desk ----------------------------------------------------------------------------------
def test_the_desk_hands_a_code_to_the_students_own_screen(cast: Cast, pool):
    digits = begin(cast, pool)
    assert "Type the six digits" in client_of(cast.student).get(url("credits", cast.course)).content.decode()
    answer = recent(cast.student).post(url("credit_collect", cast.course, pk=pool.pk), {"digits": digits})
    assert CODE.search(answer.content.decode())
    assert_kept_by_nobody(answer)
    grant = Grant.objects.get()
    assert (grant.enrollment, grant.channel, grant.is_open) == (cast.student, "break", False)
    again = recent(cast.student).post(url("credit_collect", cast.course, pk=pool.pk), {"digits": digits})
    assert again.status_code == 422 and not CODE.search(again.content.decode())


def test_the_digits_may_be_typed_as_they_are_said_in_two_groups(cast: Cast, pool):
    digits = begin(cast, pool)
    where, typed = url("credit_collect", cast.course, pk=pool.pk), {"digits": f" {digits[:3]} {digits[3:]} "}
    assert CODE.search(recent(cast.student).post(where, typed).content.decode())


def test_the_digits_are_one_persons_for_two_minutes(cast: Cast, pool, at_noon):
    digits = begin(cast, pool)
    where = url("credit_collect", cast.course, pk=pool.pk)
    assert recent(cast.other_student).post(where, {"digits": digits}).status_code == 422
    at_noon.shift(120)
    assert recent(cast.student, age=-120).post(where, {"digits": digits}).status_code == 422
    assert not Grant.objects.exists() and kinds()[-2:] == ["refused", "refused"]


def test_five_wrong_digits_end_it(cast: Cast, pool):
    digits = begin(cast, pool)
    wrong = f"{(int(digits) + 1) % 1_000_000:06}"
    where = url("credit_collect", cast.course, pk=pool.pk)
    browser = recent(cast.student)
    for _ in range(desk.MOST_TRIES):
        assert browser.post(where, {"digits": wrong}).status_code == 422
    assert browser.post(where, {"digits": digits}).status_code == 422
    assert not Grant.objects.exists()


def test_the_desk_needs_a_recent_sign_in_too(cast: Cast, pool):
    digits = begin(cast, pool)
    answer = client_of(cast.student).post(url("credit_collect", cast.course, pk=pool.pk), {"digits": digits})
    assert answer["Location"].startswith("/sign-in/again?next=") and not Grant.objects.exists()
