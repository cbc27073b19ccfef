"""Using a student's role: only with its own external id, and proved that no other will do."""

import json
import socket
from unittest.mock import patch

import boto3
import pytest
from botocore.exceptions import ConnectTimeoutError
from botocore.stub import ANY, Stubber
from django.core.checks import run_checks

from accounts.errors import DomainError
from cloudguard.domain import aws_looks, aws_roles, role_template, sweeps
from cloudguard.errors import AwsSilentError, RoleOpenError, RoleRefusedError
from cloudguard.tests.cloud import ACCOUNT, PORTAL, ROLE, linked
from portal.testing import NOON, Cast

OWN = "portal-own"
GIVEN = {
    "Credentials": {
        "AccessKeyId": "ASIAINVENTEDINVENTED",
        "SecretAccessKey": "invented-secret",
        "SessionToken": "invented-token",
        "Expiration": NOON,
    }
}


@pytest.fixture
def sts(settings):
    """STS that answers what it is told to, and fails a call that it was not told of."""
    settings.GUARD_PRINCIPAL = PORTAL
    client = boto3.client("sts", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
    with patch.object(aws_roles, "_sts", return_value=client), Stubber(client) as stub:
        yield stub
        stub.assert_no_pending_responses()


def asked(**words):
    narrow = {"RoleArn": ROLE, "RoleSessionName": "course-portal-guard", "DurationSeconds": 900}
    return {**narrow, "Policy": role_template.session_policy(), **words}


def refuse(sts, **words):
    refusal = f"User: {PORTAL} is not authorized to perform: sts:AssumeRole on resource: {ROLE}"
    sts.add_client_error("assume_role", "AccessDenied", refusal, expected_params=asked(**words))


def test_a_role_is_tried_without_an_external_id_then_with_a_wrong_one_then_with_its_own(sts):
    refuse(sts)
    refuse(sts, ExternalId=ANY)
    sts.add_response("assume_role", GIVEN, asked(ExternalId=OWN))
    keys = aws_roles.prove(ROLE, OWN)
    assert (keys.access, keys.token) == ("ASIAINVENTEDINVENTED", "invented-token")
    assert "ASIA" not in repr(keys) and "secret" not in repr(keys)


def test_a_session_is_narrowed_to_the_calls_of_the_template():
    (statement,) = json.loads(asked()["Policy"])["Statement"]
    assert tuple(statement["Action"]) == role_template.ACTIONS


def test_a_role_that_asks_for_no_external_id_is_refused_and_not_used(sts):
    sts.add_response("assume_role", GIVEN, asked())
    with pytest.raises(RoleOpenError, match="no external id"):
        aws_roles.prove(ROLE, OWN)


def test_a_role_that_takes_a_wrong_external_id_is_refused_and_not_used(sts):
    refuse(sts)
    sts.add_response("assume_role", GIVEN, asked(ExternalId=ANY))
    with pytest.raises(RoleOpenError, match="any external id"):
        aws_roles.prove(ROLE, OWN)


def test_the_wrong_external_id_is_another_each_time(cloud):
    cloud.make_role(OWN)
    for _ in range(3):
        aws_roles.prove(ROLE, OWN)
    given = [call["external_id"] for call in cloud.asked]
    assert given[0::3] == [None] * 3 and given[2::3] == [OWN] * 3
    assert len({*given[1::3], OWN}) == 4


def test_a_role_that_refuses_its_own_external_id_is_refused_in_words(sts):
    for words in ({}, {"ExternalId": ANY}, {"ExternalId": OWN}):
        refuse(sts, **words)
    with pytest.raises(RoleRefusedError) as refused:
        aws_roles.prove(ROLE, OWN)
    assert ACCOUNT not in refused.value.message and refused.value.__cause__ is None


@pytest.mark.parametrize("code", ["Throttling", "InvalidClientTokenId", "RegionDisabledException"])
def test_an_answer_that_is_neither_yes_nor_no_proves_nothing(sts, code):
    sts.add_client_error("assume_role", code, f"about {ROLE}")
    with pytest.raises(AwsSilentError, match=code) as silent:
        aws_roles.prove(ROLE, OWN)
    assert ACCOUNT not in silent.value.message


def test_a_network_that_does_not_answer_proves_nothing(settings):
    settings.GUARD_PRINCIPAL = PORTAL
    with patch.object(aws_roles, "_sts") as made:
        made.return_value.assume_role.side_effect = ConnectTimeoutError(endpoint_url="https://sts.example")
        with pytest.raises(AwsSilentError, match="ConnectTimeoutError"):
            aws_roles.prove(ROLE, OWN)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "role",
        ACCOUNT,
        f"arn:aws:iam::{ACCOUNT}:user/ada",
        f"arn:aws:iam::{ACCOUNT[:-1]}:role/course-portal/x",
        f"arn:aws:sts::{ACCOUNT}:assumed-role/x/y",
        f"arn:aws:iam::{ACCOUNT}:role/course-portal/",
        f"arn:aws:iam::{ACCOUNT}:role/admin",
        f"arn:aws:iam::{ACCOUNT}:role/other/course-portal/x",
        f"arn:aws:iam::{ACCOUNT}:role/course-portal/x y",
        f"{ROLE}\n{ROLE}",
        "arn:aws:iam::１１１１２２２２３３３３:role/course-portal/x",
        f"arn:aws-cn:iam::{ACCOUNT}:role/course-portal/x",
        "arn:aws:iam::999988887777:role/course-portal/x",  # the portal's own account
    ],
)
def test_what_is_no_role_of_a_student_is_refused_before_anybody_is_asked(sts, typed):
    with pytest.raises(DomainError):
        aws_roles.checked_arn(typed)


def test_a_role_may_have_space_around_it(sts):
    assert aws_roles.checked_arn(f" {ROLE}\n") == ROLE


@pytest.mark.parametrize("principal", ["", "portal", "arn:aws:iam::1:role/portal"])
@pytest.mark.django_db
def test_without_a_name_at_aws_the_guard_is_off_and_no_connection_is_tried(cast: Cast, cloud, settings, principal):
    linked(cloud, cast.student)
    settings.GUARD_PRINCIPAL = principal
    forbidden = AssertionError("the guard is off")
    with (
        patch.object(boto3.session, "Session", side_effect=forbidden),
        patch.object(aws_looks, "_session", side_effect=forbidden),
        patch.object(socket.socket, "connect", side_effect=forbidden),
        patch.object(socket, "getaddrinfo", side_effect=forbidden),
    ):
        assert not aws_roles.is_on()
        assert not sweeps.sweep_due(NOON, clock=lambda: NOON)


def test_with_keys_of_its_own_the_portal_asks_no_metadata_service(settings):
    settings.GUARD_PRINCIPAL, settings.GUARD_ACCESS_KEY_ID, settings.GUARD_SECRET_ACCESS_KEY = PORTAL, "AKIA", "x"
    with patch("botocore.credentials.InstanceMetadataProvider.load", side_effect=AssertionError):
        assert aws_roles._sts()._request_signer._credentials.access_key == "AKIA"


@pytest.mark.parametrize(("principal", "wrong"), [("", 0), (PORTAL, 0), ("portal", 1)])
def test_a_name_at_aws_that_is_none_is_an_error_of_check_deploy(settings, principal, wrong):
    settings.GUARD_PRINCIPAL = principal
    found = [
        problem
        for problem in run_checks(include_deployment_checks=True, tags=["security"])
        if problem.id == "portal.E004"
    ]
    assert len(found) == wrong
