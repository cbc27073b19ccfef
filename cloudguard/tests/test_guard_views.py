"""The guard's pages: what a student, staff and an instructor meet there."""

from datetime import date
from decimal import Decimal

import pytest
import yaml

from cloudguard.domain import account_links, sweeps
from cloudguard.models import AccountLink, Finding, RunningPrice
from cloudguard.tests.cloud import ACCOUNT, PORTAL, ROLE, linked
from portal.testing import NOON, Cast, assert_kept_by_nobody, client_of, url

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]


def page_of(person, name="guard", status=200):
    answer = client_of(person).get(url(name, person.course))
    assert answer.status_code == status
    return answer.content.decode()


def swept(cloud, person):
    link = linked(cloud, person)
    cloud.run()
    sweeps.sweep_due(NOON, clock=lambda: NOON)
    return link


# --- Linking -----------------------------------------------------------------------------------
def test_a_student_consents_takes_the_template_and_links_the_role(cast: Cast, cloud):
    browser = client_of(cast.student)
    page = page_of(cast.student)
    assert "ec2:DescribeInstances" in page and "It cannot start, stop, change or delete anything" in page
    answer = browser.post(url("guard_begin", cast.course), {"consent": "on"})
    assert answer["Location"] == url("guard_link", cast.course)
    link = AccountLink.objects.get()
    answer = browser.get(url("guard_link", cast.course))
    assert link.external_id in answer.content.decode()
    assert_kept_by_nobody(answer, "same-origin")
    file = browser.get(url("guard_template", cast.course))
    assert_kept_by_nobody(file, "same-origin")
    assert file["Content-Disposition"] == 'attachment; filename="course-portal-guard.yaml"'
    trust = yaml.safe_load(file.content)["Resources"]["PortalGuardRole"]["Properties"]["AssumeRolePolicyDocument"]
    assert trust["Statement"][0]["Principal"] == {"AWS": PORTAL} and link.external_id in str(trust)
    typed = {"role_arn": f"  {cloud.make_role(link.external_id)} "}
    page = browser.post(url("guard_link", cast.course), typed, follow=True).content.decode()
    assert "Linked." in page and f"Account {ACCOUNT}" in page


def test_without_consent_nothing_is_begun(cast: Cast, cloud):
    answer = client_of(cast.student).post(url("guard_begin", cast.course))
    assert answer.status_code == 422 and "nothing was begun" in answer.content.decode()
    assert not AccountLink.objects.exists()


@pytest.mark.parametrize(
    ("arn", "words"),
    [
        (ROLE, "did not let the portal use"),
        ("x", "not the role of a template"),
        (ROLE.replace(ACCOUNT, "999988887777"), "own account"),
        ("", "required"),
    ],
)
def test_a_role_that_cannot_be_linked_is_said_and_what_was_typed_is_kept(cast: Cast, cloud, arn, words):
    account_links.begin(cast.student, now=NOON)
    answer = client_of(cast.student).post(url("guard_link", cast.course), {"role_arn": arn})
    page = answer.content.decode()
    assert answer.status_code == 422 and words in page
    assert f'value="{arn}"' in page or not arn
    assert AccountLink.objects.get().state == "started"


def test_whoever_has_begun_nothing_is_led_to_the_beginning(cast: Cast, cloud):
    browser = client_of(cast.student)
    for name in ("guard_link", "guard_template"):
        assert browser.get(url(name, cast.course))["Location"] == url("guard", cast.course)
    for name in ("guard_revoke", "guard_snooze", "guard_link"):
        assert browser.post(url(name, cast.course))["Location"] == url("guard", cast.course)


def test_without_credentials_of_the_portal_the_page_says_that_the_guard_is_off(cast: Cast, cloud, settings):
    swept(cloud, cast.student)
    settings.GUARD_PRINCIPAL = ""
    for person in (cast.student, cast.other_student, cast.instructor):
        page = page_of(person)
        assert "The guard is off" in page and 'name="consent"' not in page
    assert "Revoke and erase" in page_of(cast.student)
    page = client_of(cast.other_student).post(url("guard_begin", cast.course), {"consent": "on"}, follow=True)
    assert "The guard is off here" in page.content.decode() and AccountLink.objects.count() == 1
    assert "nothing can be linked" in page_of(cast.student, "guard_link")
    page_of(cast.student, "guard_template", 302)


# --- What runs ---------------------------------------------------------------------------------
def test_the_page_shows_what_runs_with_its_id_to_its_student_alone(cast: Cast, cloud):
    link = swept(cloud, cast.student)
    RunningPrice.objects.create(
        course=cast.course, kind="instance", size="c5d.large", usd=Decimal("0.1"), priced_on=date(2024, 4, 1)
    )
    thing = link.findings.get(kind="instance").resource_id
    page = page_of(cast.student)
    assert thing in page and "2.40 USD" in page and "Price unknown" in page and "at least" in page
    assert "Looked into 2 regions" in page
    for person in (cast.other_student, cast.assistant, cast.instructor):
        page = page_of(person)
        assert thing not in page and ACCOUNT not in page and "Ada" not in page


def test_where_the_portal_could_not_look_the_page_says_so(cast: Cast, cloud):
    link = swept(cloud, cast.student)
    spot = {"region": "us-west-2", "what": "database", "why": "not allowed"}
    AccountLink.objects.filter(pk=link.pk).update(blind_spots=[spot])
    assert "us-west-2: RDS database (not allowed)" in page_of(cast.student)


@pytest.mark.parametrize(("state", "words"), [("gone", "AWS refuses the portal"), ("open", "without its external id")])
def test_a_link_that_ended_says_why_and_can_be_made_again(cast: Cast, cloud, state, words):
    link = linked(cloud, cast.student)
    AccountLink.objects.filter(pk=link.pk).update(state=state)
    page = page_of(cast.student)
    assert words in page and "Link again" in page and "Nothing runs" not in page


def test_snoozing_one_thing_all_letters_and_waking_them(cast: Cast, cloud):
    link = swept(cloud, cast.student)
    browser, where = client_of(cast.student), url("guard_snooze", cast.course)
    finding = link.findings.get(kind="instance")
    browser.post(where, {"finding": finding.pk, "until": "2024-04-20"})
    browser.post(where, {"until": "2024-04-21"})
    page = page_of(cast.student)
    assert "snoozed until Sat Apr 20" in page and "None until Sunday, April 21" in page
    browser.post(where, {"finding": finding.pk})
    browser.post(where)
    link.refresh_from_db()
    finding.refresh_from_db()
    assert (link.snoozed_until, finding.snoozed_until) == (None, None)


@pytest.mark.parametrize("typed", [{"until": "soon"}, {"until": "2031-01-01"}, {"until": "2024-04-20", "finding": "0"}])
def test_a_day_that_is_none_or_a_thing_that_is_not_ones_own_changes_nothing(cast: Cast, cloud, typed):
    swept(cloud, cast.student)
    browser = client_of(cast.student)
    answer = browser.post(url("guard_snooze", cast.course), typed, follow=True)
    assert AccountLink.objects.get().snoozed_until is None and answer.redirect_chain
    assert not Finding.objects.exclude(snoozed_until=None).exists()


def test_another_students_thing_cannot_be_snoozed(cast: Cast, cloud):
    theirs = swept(cloud, cast.student).findings.get(kind="instance")
    account_links.begin(cast.other_student, now=NOON)
    client_of(cast.other_student).post(url("guard_snooze", cast.course), {"finding": theirs.pk, "until": "2024-04-20"})
    theirs.refresh_from_db()
    assert theirs.snoozed_until is None


def test_one_click_revokes_and_erases_and_says_how_to_delete_the_stack(cast: Cast, cloud):
    swept(cloud, cast.student)
    page = client_of(cast.student).post(url("guard_revoke", cast.course), follow=True).content.decode()
    assert "delete the stack course-portal-guard in CloudFormation" in page and ACCOUNT not in page
    assert not AccountLink.objects.exists() and not Finding.objects.exists()


@pytest.mark.parametrize("rows", [1, 3])
def test_the_page_asks_the_database_as_often_for_one_thing_as_for_three(
    cast: Cast, cloud, rows, django_assert_num_queries
):
    link = linked(cloud, cast.student)
    for n in range(rows):
        Finding.objects.create(
            link=link, kind="instance", region="x", resource_id=n, size="y", first_seen_at=NOON, seen_on=NOON.date()
        )
        RunningPrice.objects.create(course=cast.course, kind="instance", size=f"y{n}", usd=1, priced_on=NOON.date())
    browsers = [(client_of(cast.student), "guard", STUDENT), (client_of(cast.instructor), "running_prices", PRICES)]
    browsers.append((client_of(cast.instructor), "guard", COUNTS))
    for browser, name, number in browsers:
        browser.get(url(name, cast.course))
        with django_assert_num_queries(number):
            assert browser.get(url(name, cast.course)).status_code == 200


STUDENT, PRICES, COUNTS = 10, 4, 5


# --- Staff -------------------------------------------------------------------------------------
def test_staff_see_counts_and_only_from_five_on(cast: Cast, cloud):
    swept(cloud, cast.student)
    page = page_of(cast.assistant)
    assert page.count("fewer than 5") == 2 and "By kind" not in page and "Prices" not in page
    assert "Prices" in page_of(cast.instructor)


def test_an_instructor_gives_changes_and_removes_a_price(cast: Cast):
    browser = client_of(cast.instructor)
    form = {"kind": "instance", "size": " c5d.large  spot ", "usd": "0.03", "priced_on": "2023-11-28", "region": ""}
    assert browser.post(url("running_price_new", cast.course), form)["Location"] == url("running_prices", cast.course)
    price = RunningPrice.objects.get()
    assert (price.size, price.usd, price.priced_on) == ("c5d.large spot", Decimal("0.03"), date(2023, 11, 28))
    page = browser.get(url("running_prices", cast.course)).content.decode()
    assert "EC2 instance, c5d.large spot" in page and "0.03 USD an hour, every region, as of Nov 28, 2023" in page
    RunningPrice.objects.create(course=cast.course, kind="instance", size="p4d", usd=10, priced_on=NOON.date())
    assert "10 USD an hour" in browser.get(url("running_prices", cast.course)).content.decode()
    RunningPrice.objects.filter(size="p4d").delete()
    browser.post(url("running_price", cast.course, pk=price.pk), {**form, "usd": "0.04"})
    price.refresh_from_db()
    assert price.usd == Decimal("0.04")
    browser.post(url("running_price_remove", cast.course, pk=price.pk))
    assert not RunningPrice.objects.exists()


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"usd": "-1"}, "not below 0"),
        ({"usd": "cheap"}, "Enter a number"),
        ({"size": ""}, "Say which size"),
        ({"kind": "address"}, "An address has no size"),
        ({"priced_on": ""}, "required"),
        ({"size": "t3.micro"}, "has a price already"),
    ],
)
def test_a_price_that_cannot_be_is_refused_and_what_was_typed_is_kept(cast: Cast, wrong, words):
    RunningPrice.objects.create(course=cast.course, kind="instance", size="T3.micro", usd=1, priced_on=NOON.date())
    form = {"kind": "instance", "size": "c5d.large", "usd": "0.03", "priced_on": "2023-11-28", **wrong}
    answer = client_of(cast.instructor).post(url("running_price_new", cast.course), form)
    page = answer.content.decode()
    assert answer.status_code == 422 and words in page and form["size"] in page
    assert RunningPrice.objects.count() == 1


def test_an_assistant_sets_no_prices(cast: Cast):
    for name in ("running_prices", "running_price_new"):
        assert client_of(cast.assistant).get(url(name, cast.course)).status_code == 403


@pytest.mark.parametrize(("principal", "is_told"), [("", False), ("arn:aws:iam::999988887777:role/portal", True)])
def test_the_guard_is_spoken_of_only_while_it_is_on(cast: Cast, settings, principal, is_told):
    settings.GUARD_PRINCIPAL = principal
    for person in (cast.student, cast.assistant):
        page = client_of(person).get(url("credits", cast.course)).content.decode()
        assert ("Forgotten machines" in page) is is_told
    invitation = client_of(cast.student).get(url("guard", cast.course)).content.decode()
    assert ("The guard is off" in invitation) is not is_told and ("It sees lists" in invitation) is is_told
