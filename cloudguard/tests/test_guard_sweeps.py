"""The nightly sweep: complete, honest about what it could not see, and no account in another's way."""

import logging
from datetime import UTC, date, datetime, timedelta
from unittest.mock import patch

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from cloudguard import tasks
from cloudguard.domain import account_links, aws_looks, running, sweeps
from cloudguard.models import AccountLink, Finding
from cloudguard.tests.cloud import ROLE, fill_account, linked
from mail.models import Message
from portal.testing import NOON, Cast, enroll

pytestmark = pytest.mark.django_db
REAL = datetime(2026, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)


def sweep(now=NOON, clock=lambda: REAL):
    return dict(sweeps.sweep_due(now, clock=clock))


def letters():
    return list(Message.objects.filter(kind="guard").order_by("pk"))


def role_of(n: int) -> str:
    return f"arn:aws:iam::{222200000000 + n}:role/course-portal/guard"


class Ticking:
    """A clock that moves on at each look at it."""

    def __init__(self, step):
        self.at, self.step = REAL, step

    def __call__(self):
        self.at += self.step
        return self.at


def denied(operation="DescribeInstances", code="UnauthorizedOperation"):
    return ClientError({"Error": {"Code": code, "Message": f"{ROLE} may not"}}, operation)


def looks_where(**instead):
    """Replace what is done for a kind."""
    return patch.dict(aws_looks.LOOKS, {kind: (aws_looks.LOOKS[kind][0], look) for kind, look in instead.items()})


def fails(error):
    def look(client):
        raise error

    return look


def test_a_night_finds_what_runs_and_writes_one_letter_however_often_it_runs(cast: Cast, cloud):
    link = linked(cloud, cast.student)
    fill_account(cloud)
    assert sweep() == {"swept": 1}
    assert [sweep(), sweep(NOON + timedelta(hours=3))] == [{}, {}]
    link.refresh_from_db()
    assert (link.swept_on, link.regions, link.blind_spots) == (date(2024, 4, 9), cloud.regions, [])
    assert Finding.objects.count() == 7 and len(letters()) == 1
    (letter,) = letters()
    assert letter.recipient == cast.student.user and letter.expires_at == datetime(2024, 4, 10, 9, tzinfo=UTC)


def test_the_next_night_tells_again_and_forgets_what_is_gone(cast: Cast, cloud):
    linked(cloud, cast.student)
    made = cloud.run()
    sweep()
    cloud.client("ec2").terminate_instances(InstanceIds=[made])
    other = cloud.run("t3.micro", "us-west-2")
    assert sweep(NOON + DAY) == {"swept": 1}
    assert {finding.resource_id for finding in Finding.objects.filter(kind="instance")} == {other}
    assert Finding.objects.get(resource_id=other).first_seen_at == NOON + DAY
    assert len(letters()) == 2 and "us-west-2" in letters()[1].text and "c5d.large" not in letters()[1].text


def test_nothing_runs_nobody_is_written_to(cast: Cast, cloud):
    linked(cloud, cast.student)
    assert sweep() == {"swept": 1} and not letters() and not Finding.objects.exists()


def test_the_night_begins_at_two_in_the_course(cast: Cast, cloud):
    link = linked(cloud, cast.student)
    sweep()
    two = datetime(2024, 4, 10, 9, tzinfo=UTC)
    assert sweep(two - timedelta(minutes=1)) == {} and sweep(two) == {"swept": 1}
    link.refresh_from_db()
    assert link.swept_on == date(2024, 4, 10)


def paged(service, operation, *pages):
    """A client that answers one operation in pages."""
    client = boto3.client(service, region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
    stub = Stubber(client)
    for page in pages:
        stub.add_response(operation, page)
    stub.activate()
    return client


def test_every_page_of_a_list_is_read():
    machines = [{"Instances": [{"InstanceId": f"i-{n}", "InstanceType": "t3.micro"}]} for n in range(3)]
    ec2 = paged(
        "ec2",
        "describe_instances",
        {"Reservations": machines[:1], "NextToken": "b"},
        {"Reservations": [], "NextToken": "c"},  # AWS does send empty pages
        {"Reservations": machines[1:]},
    )
    assert [seen.resource_id for seen in aws_looks._instances(ec2)] == ["i-0", "i-1", "i-2"]
    bases = [{"DBInstanceIdentifier": f"db-{n}", "DBInstanceClass": "db.m5.large", "Engine": "x"} for n in range(2)]
    rds = paged("rds", "describe_db_instances", {"DBInstances": bases[:1], "Marker": "b"}, {"DBInstances": bases[1:]})
    assert [seen.resource_id for seen in aws_looks._databases(rds)] == ["db-0", "db-1"]


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("UnauthorizedOperation", "not allowed"),
        ("AccessDeniedException", "not allowed"),
        ("OptInRequired", "the region is closed to this account"),
        ("AuthFailure", "the region is closed to this account"),
        ("RequestLimitExceeded", "AWS asked to slow down"),
        ("InternalError", "no answer"),
    ],
)
def test_where_it_may_not_look_it_says_so_and_looks_at_the_rest(cast: Cast, cloud, code, why):
    link = linked(cloud, cast.student)
    fill_account(cloud)
    with looks_where(database=fails(denied(code=code))):
        assert sweep() == {"swept": 1}
    link.refresh_from_db()
    assert {(spot["region"], spot["what"]) for spot in link.blind_spots} == {
        (region, "database") for region in cloud.regions
    }
    assert running.blind_words(link)[0] == f"us-east-1: RDS database ({why})"
    assert Finding.objects.count() == 6 and f"us-east-1: RDS database ({why})" in letters()[0].text


def test_what_was_seen_before_a_blind_night_stays_and_is_marked(cast: Cast, cloud):
    link = linked(cloud, cast.student)
    cloud.run()
    sweep()
    with looks_where(instance=fails(denied())):
        sweep(NOON + DAY)
    assert Finding.objects.filter(kind="instance").count() == 1
    assert "last seen Tue Apr 9" in letters()[1].text
    link.refresh_from_db()
    assert [line.is_old for line in running.awake(link, date(2024, 4, 10)).lines] == [True, False]


def test_a_region_that_was_disabled_is_forgotten(cast: Cast, cloud):
    linked(cloud, cast.student)
    cloud.run(region="us-west-2")
    sweep()
    cloud.regions = ["us-east-1"]
    sweep(NOON + DAY)
    assert not Finding.objects.exists() and len(letters()) == 1


def test_more_than_can_be_listed_is_said(cast: Cast, cloud):
    link = linked(cloud, cast.student)
    many = [aws_looks.Seen("address", f"eip-{n}") for n in range(aws_looks.MOST + 5)]
    with looks_where(address=lambda client: iter(many)):
        sweep()
    link.refresh_from_db()
    assert Finding.objects.count() == 2 * aws_looks.MOST
    assert running.blind_words(link)[0] == "us-east-1: Elastic IP address (only the first 200 are listed)"


def test_an_account_that_fails_does_not_stop_the_others(cast: Cast, cloud, caplog):
    first = linked(cloud, cast.student, role_of(1))
    linked(cloud, cast.other_student, role_of(2))
    cloud.run(account="222200000002")
    real = aws_looks.regions
    answers = iter([RuntimeError(f"about {role_of(1)}")])

    def regions(keys):
        for error in answers:
            raise error
        return real(keys)

    with patch.object(aws_looks, "regions", regions), caplog.at_level(logging.DEBUG):
        assert sweep() == {"resting": 1, "swept": 1}
    assert [letter.recipient for letter in letters()] == [cast.other_student.user]
    assert "RuntimeError" in caplog.text and "2222" not in caplog.text
    first.refresh_from_db()
    assert first.busy_until == REAL + sweeps.REST and first.state == "linked"
    assert sweep() == {}
    assert sweep(clock=lambda: REAL + sweeps.REST + timedelta(seconds=1)) == {"swept": 1}


def test_a_sweep_that_ran_out_of_time_goes_on_where_it_stopped(cast: Cast, cloud):
    link = linked(cloud, cast.student)
    cloud.run(region="us-west-2")
    looked = []
    real = aws_looks.look

    def look(keys, names):
        looked.extend(names)
        return real(keys, names)

    with patch.object(aws_looks, "look", look), patch.object(aws_looks, "AT_ONCE", 1):
        assert sweep(clock=Ticking(timedelta(seconds=12))) == {"unfinished": 1}
        link.refresh_from_db()
        assert link.regions_left and link.swept_on is None and not letters() and link.busy_until is None
        assert sweep() == {"swept": 1}
    assert looked == cloud.regions and len(letters()) == 1
    assert len(cloud.asked) == 3 + 3 + 1  # linked; proved for the night; then only used


def test_a_worker_that_died_leaves_the_account_to_the_next(cast: Cast, cloud):
    linked(cloud, cast.student)
    AccountLink.objects.update(busy_until=REAL + sweeps.LEASE)
    assert sweep() == {}
    assert sweep(clock=lambda: REAL + sweeps.LEASE + timedelta(seconds=1)) == {"swept": 1}


@pytest.mark.parametrize("state", ["gone", "open"])
def test_a_role_that_is_gone_or_stands_open_ends_the_looking_and_is_told_once(cast: Cast, cloud, state):
    link = linked(cloud, cast.student)
    cloud.run()
    sweep()
    cloud.roles[ROLE] = {"gone": lambda given: False, "open": lambda given: True}[state]
    assert sweep(NOON + DAY) == {"stopped": 1}
    assert [sweep(NOON + DAY), sweep(NOON + 2 * DAY)] == [{}, {}]
    link.refresh_from_db()
    assert link.state == state and not Finding.objects.exists()
    assert [letter.subject for letter in letters()][1:] == [
        "CS 101/501: the portal no longer looks into your AWS account"
    ]
    assert {"gone": "deleted, or changed", "open": "without its external id"}[state] in letters()[1].text


def test_revoked_midway_nothing_more_is_written(cast: Cast, cloud):
    link = linked(cloud, cast.student)
    cloud.run()
    real = aws_looks.look

    def look(keys, names):
        account_links.revoke(link)
        return real(keys, names)

    with patch.object(aws_looks, "look", look):
        assert sweep() == {"revoked": 1}
    assert not AccountLink.objects.exists() and not Finding.objects.exists() and not letters()


def test_dropped_midway_nothing_more_is_written(cast: Cast, cloud):
    linked(cloud, cast.student)
    cloud.run()
    real = aws_looks.look

    def look(keys, names):
        type(cast.student).objects.filter(pk=cast.student.pk).update(dropped_at=NOON)
        return real(keys, names)

    with patch.object(aws_looks, "look", look):
        assert sweep() == {"revoked": 1}
    assert not Finding.objects.exists() and not letters()


def test_the_dropped_the_staff_and_courses_that_are_over_are_not_looked_at(cast: Cast, cloud):
    people = [cast.student, cast.other_student, enroll(cast.course, "Ana Third")]
    for n, person in enumerate(people):
        linked(cloud, person, role_of(n))
    before = len(cloud.asked)
    type(cast.student).objects.filter(pk=people[0].pk).update(dropped_at=NOON)
    type(cast.student).objects.filter(pk=people[1].pk).update(role="assistant")
    cast.course.ends_on = NOON.date() - timedelta(days=20)
    cast.course.starts_on = NOON.date() - timedelta(days=40)
    cast.course.save()
    assert sweep() == {} and len(cloud.asked) == before


def test_the_task_takes_the_time_and_nothing_else(cast: Cast, cloud):
    linked(cloud, cast.student)
    assert tasks.sweep_accounts("2024-04-09T12:00-07:00") == {"accounts_swept": 1}
