"""The role of the guard: what it may do is what the portal does, and nothing else."""

import json
import re

import pytest
import yaml

from cloudguard.domain import aws_looks, role_template
from cloudguard.tests.cloud import PORTAL, fill_account

EXTERNAL = "portal-0123456789abcdef"
KNOWN = {  # what CloudFormation knows of the parts that we use
    "": {"AWSTemplateFormatVersion", "Description", "Resources", "Outputs"},
    "AWS::IAM::Role": {"AssumeRolePolicyDocument", "Description", "MaxSessionDuration", "Path", "Policies"},
    "Output": {"Description", "Value"},
}


@pytest.fixture
def tree():
    return yaml.safe_load(role_template.template(PORTAL, EXTERNAL))


def test_it_is_a_template_as_cloudformation_takes_it(tree):
    assert set(tree) == KNOWN[""] and tree["AWSTemplateFormatVersion"] == "2010-09-09"
    assert len(role_template.template(PORTAL, EXTERNAL)) < 51_200 and len(tree["Description"]) <= 1024
    for name, resource in tree["Resources"].items():
        assert re.fullmatch(r"[A-Za-z0-9]+", name) and set(resource) == {"Type", "Properties"}
        assert set(resource["Properties"]) <= KNOWN[resource["Type"]]
    for output in tree["Outputs"].values():
        resource, attribute = output["Value"]["Fn::GetAtt"]
        assert set(output) <= KNOWN["Output"] and resource in tree["Resources"] and attribute == "Arn"


def test_only_the_portal_may_use_the_role_and_only_with_this_students_external_id(tree):
    (statement,) = tree["Resources"]["PortalGuardRole"]["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    assert statement == {
        "Effect": "Allow",
        "Principal": {"AWS": PORTAL},
        "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"sts:ExternalId": EXTERNAL}},
    }


def test_the_role_and_each_session_allow_the_listed_calls_and_no_other(tree):
    properties = tree["Resources"]["PortalGuardRole"]["Properties"]
    (policy,) = properties["Policies"]
    (statement,) = policy["PolicyDocument"]["Statement"]
    assert statement["Effect"] == "Allow" and tuple(statement["Action"]) == role_template.ACTIONS
    assert json.loads(role_template.session_policy()) == policy["PolicyDocument"]
    assert len(role_template.session_policy()) <= 2048  # as STS takes it
    assert all(re.fullmatch(r"\w+:(Describe|List)\w+", action) for action in role_template.ACTIONS)


def test_the_listed_calls_are_those_that_the_portal_makes(cloud, cast):
    fill_account(cloud)
    made = set()

    def note(model, **_):
        made.add(f"{model.service_model.signing_name}:{model.name}")

    keys, events = cloud.keys(), aws_looks._session().events
    events.register("before-call", note)
    looks = aws_looks.look(keys, aws_looks.regions(keys))
    events.unregister("before-call", note)
    assert not [spot for look in looks for spot in look.blind_spots]
    assert made == set(role_template.ACTIONS)


def test_what_runs_is_seen_with_its_size_and_what_is_stopped_is_not(cloud, cast):
    made = fill_account(cloud)
    (here, there) = aws_looks.look(cloud.keys(), ["us-east-1", "us-west-2"])
    seen = {(resource.kind, resource.size, str(resource.amount), resource.is_idle): resource for resource in here.seen}
    assert set(seen) == {
        ("instance", "c5d.large", "1", False),
        ("volume", "gp2", "8", False),  # the machine's own
        ("volume", "gp3", "100", True),
        ("address", "", "1", True),
        ("database", "db.t3.micro postgres", "1", False),
        ("endpoint", "ml.t2.medium", "2", False),
        ("notebook", "ml.t3.medium", "1", False),
    }
    assert seen["instance", "c5d.large", "1", False].resource_id == made
    assert all(resource.since or resource.kind == "address" for resource in here.seen)
    assert there.seen == [] and len(there.known) == 6


def test_a_size_says_all_that_sets_the_price():
    plain = {"InstanceType": "c5d.large", "PlatformDetails": "Linux/UNIX", "Placement": {"Tenancy": "default"}}
    assert aws_looks._size_of_instance(plain) == "c5d.large"
    assert aws_looks._size_of_instance({**plain, "InstanceLifecycle": "spot"}) == "c5d.large spot"
    windows = {**plain, "PlatformDetails": "Windows", "Placement": {"Tenancy": "dedicated"}}
    assert aws_looks._size_of_instance(windows) == "c5d.large Windows dedicated"
