"""Consent, linking, snoozing, revoking and forgetting."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction

from accounts.errors import DomainError
from cloudguard import tasks
from cloudguard.domain import account_links, sweep_letters, sweeps
from cloudguard.errors import RoleOpenError, RoleRefusedError
from cloudguard.models import AccountLink, Finding
from cloudguard.tests.cloud import ROLE, linked
from mail.domain import preferences
from mail.models import Message
from mail.tasks import send_due
from portal.testing import NOON, Cast, enroll, make_course

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def sweep(now=NOON):
    return dict(sweeps.sweep_due(now, clock=lambda: NOON))


def letters():
    return list(Message.objects.filter(kind="guard").order_by("pk"))


def test_each_link_has_a_random_external_id_of_its_own_and_beginning_twice_is_beginning_once(cast: Cast, cloud):
    mine, again = (account_links.begin(cast.student, now=NOON) for _ in range(2))
    other = account_links.begin(cast.other_student, now=NOON)
    assert mine == again and mine.external_id != other.external_id
    assert mine.external_id.startswith("portal-") and len(mine.external_id) == 55
    account_links.revoke(mine)
    assert account_links.begin(cast.student, now=NOON).external_id != mine.external_id


def test_staff_a_course_that_is_over_and_a_guard_that_is_off_begin_nothing(cast: Cast, cloud, settings):
    late = NOON + timedelta(days=365)
    for person, now in ((cast.assistant, NOON), (cast.student, late)):
        with pytest.raises(DomainError, match="nothing was begun"):
            account_links.begin(person, now=now)
    settings.GUARD_PRINCIPAL = ""
    with pytest.raises(DomainError, match="off"):
        account_links.begin(cast.student, now=NOON)
    assert not AccountLink.objects.exists()


@pytest.mark.parametrize(
    ("trusts", "error"),
    [
        (lambda given: True, RoleOpenError),
        (lambda given: given, RoleOpenError),
        (lambda given: False, RoleRefusedError),
    ],
    ids=["anybody", "any external id", "nobody"],
)
def test_a_role_that_trusts_too_many_or_nobody_is_not_linked(cast: Cast, cloud, trusts, error):
    link = account_links.begin(cast.student, now=NOON)
    cloud.roles[ROLE] = trusts
    with pytest.raises(error):
        account_links.link_role(link, ROLE, now=NOON)
    link.refresh_from_db()
    assert (link.state, link.role_arn) == ("started", "")


def test_a_role_with_another_students_external_id_is_not_linked(cast: Cast, cloud):
    theirs = account_links.begin(cast.other_student, now=NOON)
    mine = account_links.begin(cast.student, now=NOON)
    cloud.make_role(theirs.external_id)
    with pytest.raises(RoleRefusedError):
        account_links.link_role(mine, ROLE, now=NOON)


@pytest.mark.parametrize("arn", [ROLE, ROLE.replace("AbC123", "aBc123")])
def test_a_role_is_linked_once_in_any_course_and_any_case(cast: Cast, cloud, arn):
    linked(cloud, cast.student)
    asked = len(cloud.asked)
    elsewhere = enroll(make_course("cs102-s24"), "Ada Fictive")
    for person in (cast.other_student, elsewhere):
        link = account_links.begin(person, now=NOON)
        cloud.make_role(link.external_id, arn)
        with pytest.raises(DomainError, match="linked already"):
            account_links.link_role(link, arn, now=NOON)
        with pytest.raises(IntegrityError), transaction.atomic():
            AccountLink.objects.filter(pk=link.pk).update(role_arn=arn)
    assert len(cloud.asked) == asked  # nobody was even asked


def test_a_link_revoked_while_aws_was_asked_is_not_made(cast: Cast, cloud):
    link = account_links.begin(cast.student, now=NOON)
    account_links.revoke(link)
    account_links.begin(cast.student, now=NOON)
    with pytest.raises(DomainError, match="Begin anew"):
        account_links.link_role(link, cloud.make_role(link.external_id), now=NOON)
    assert AccountLink.objects.get().state == "started"


def test_linking_again_after_the_role_was_gone_looks_again(cast: Cast, cloud):
    link = linked(cloud, cast.student)
    cloud.roles.clear()
    sweep()
    account_links.link_role(link, cloud.make_role(link.external_id), now=NOON)
    assert sweep() == {"swept": 1}


def test_revoking_erases_all_that_tells_of_the_account(cast: Cast, cloud):
    link = linked(cloud, cast.student)
    cloud.run()
    sweep()
    send_due((NOON + timedelta(minutes=1)).isoformat())
    sweep(NOON + DAY)
    assert {letter.state for letter in letters()} == {"sent", "queued"}
    account_links.revoke(link)
    assert not AccountLink.objects.exists() and not Finding.objects.exists()
    assert [(letter.state, letter.subject, letter.text, letter.html) for letter in letters()] == [
        ("sent", "", "", ""),
        ("dropped", "", "", ""),
    ]
    before = len(cloud.asked)
    assert sweep(NOON + 2 * DAY) == {} and len(cloud.asked) == before


def test_one_students_revoking_leaves_anothers_letters_alone(cast: Cast, cloud):
    for n, person in enumerate([cast.student, cast.other_student]):
        linked(cloud, person, f"arn:aws:iam::33330000000{n}:role/course-portal/x")
        cloud.run(account=f"33330000000{n}")
    sweep()
    account_links.revoke(account_links.link_of(cast.student))
    kept = Message.objects.exclude(text="").get()
    assert kept.recipient == cast.other_student.user


# --- Snoozing ----------------------------------------------------------------------------------
def test_a_snoozed_link_gets_no_letter_up_to_and_with_that_day(cast: Cast, cloud):
    link = linked(cloud, cast.student)
    cloud.run()
    account_links.snooze(link, date(2024, 4, 10), now=NOON)
    assert [sweep(), sweep(NOON + DAY), len(letters())] == [{"swept": 1}, {"swept": 1}, 0]
    sweep(NOON + 2 * DAY)
    assert len(letters()) == 1


def test_a_snoozed_thing_is_left_out_of_letter_and_sum(cast: Cast, cloud):
    link = linked(cloud, cast.student)
    cloud.run()
    sweep()
    account_links.snooze(link.findings.get(kind="instance"), date(2024, 4, 10), now=NOON)
    sweep(NOON + DAY)
    assert "c5d.large" not in letters()[1].text and "gp2" in letters()[1].text
    account_links.snooze(link.findings.get(kind="volume"), date(2024, 4, 11), now=NOON)
    sweep(NOON + 2 * DAY)
    assert "c5d.large" in letters()[2].text and "gp2" not in letters()[2].text
    for finding in link.findings.all():
        account_links.snooze(finding, date(2024, 4, 12), now=NOON)
    sweep(NOON + 3 * DAY)
    assert len(letters()) == 3


def test_snoozing_ends_by_itself_or_at_once_and_never_outlasts_the_course(cast: Cast, cloud):
    link = linked(cloud, cast.student)
    for wrong in (date(2024, 4, 8), date(2024, 6, 29)):
        with pytest.raises(DomainError, match="Snooze until a day from today to June 28 2024"):
            account_links.snooze(link, wrong, now=NOON)
    account_links.snooze(link, date(2024, 6, 28), now=NOON)
    account_links.snooze(link, None, now=NOON)
    link.refresh_from_db()
    assert link.snoozed_until is None


# --- Preferences and consent -------------------------------------------------------------------
def test_who_wants_no_such_letters_gets_none(cast: Cast, cloud):
    linked(cloud, cast.student)
    cloud.run()
    preferences.choose(cast.student.user, {"guard": "off"})
    assert sweep() == {"swept": 1} and not letters()


def test_a_letter_on_its_way_to_someone_dropped_is_not_sent(cast: Cast, cloud):
    linked(cloud, cast.student)
    cloud.run()
    sweep()
    (letter,) = letters()
    assert sweep_letters.is_still_wanted(letter)
    type(cast.student).objects.filter(pk=cast.student.pk).update(dropped_at=NOON)
    assert not sweep_letters.is_still_wanted(letter)
    send_due((NOON + timedelta(hours=1)).isoformat())
    assert letters()[0].state == "dropped"


def test_the_staff_of_the_course_see_nothing_of_these_letters(cast: Cast, cloud):
    linked(cloud, cast.student)
    cloud.run()
    sweep()
    assert not Message.objects.filter(course_slug=cast.course.slug).exists()


# --- Forgetting --------------------------------------------------------------------------------
def test_whoever_leaves_the_course_is_forgotten_at_the_next_tick(cast: Cast, cloud):
    linked(cloud, cast.student)
    linked(cloud, cast.other_student, f"{ROLE}2")
    cloud.run()
    sweep()
    type(cast.student).objects.filter(pk=cast.student.pk).update(dropped_at=NOON)
    assert tasks.forget_accounts(NOON.isoformat()) == {"accounts_forgotten": 1}
    assert AccountLink.objects.get().enrollment == cast.other_student
    assert set(Message.objects.filter(recipient=cast.student.user).values_list("text", flat=True)) == {""}
    assert tasks.forget_accounts(NOON.isoformat()) == {"accounts_forgotten": 0}


def test_two_weeks_after_the_course_nothing_is_kept(cast: Cast, cloud):
    linked(cloud, cast.student)
    end = NOON.replace(year=2024, month=6, day=14)
    assert account_links.forget_due(end + timedelta(days=14)) == 0
    assert account_links.forget_due(end + timedelta(days=16)) == 1


def test_what_was_begun_and_left_lying_is_forgotten_and_what_is_linked_is_not(cast: Cast, cloud):
    account_links.begin(cast.student, now=NOON)
    linked(cloud, cast.other_student)
    assert account_links.forget_due(NOON + 13 * DAY) == 0
    assert account_links.forget_due(NOON + 15 * DAY) == 1
    assert AccountLink.objects.get().state == "linked"


def test_the_words_of_old_letters_are_forgotten(cast: Cast, cloud):
    linked(cloud, cast.student)
    cloud.run()
    sweep()
    sweep(NOON + 5 * DAY)
    account_links.forget_due(NOON + 33 * DAY)
    assert [bool(letter.text) for letter in letters()] == [False, True] and letters()[0].state == "dropped"
