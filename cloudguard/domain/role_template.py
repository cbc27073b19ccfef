"""The role that a student makes in their own account: what it may do, and who may use it."""

import json
from typing import Any

import yaml

# Exactly the calls of aws_looks.py; a test compares the two.
ACTIONS = (
    "ec2:DescribeAddresses",
    "ec2:DescribeInstances",
    "ec2:DescribeRegions",
    "ec2:DescribeVolumes",
    "rds:DescribeDBInstances",
    "sagemaker:DescribeEndpoint",
    "sagemaker:DescribeEndpointConfig",
    "sagemaker:ListEndpoints",
    "sagemaker:ListNotebookInstances",
)
FILE_NAME = "course-portal-guard.yaml"
PATH = "/course-portal/"  # so that the portal can be allowed to use such roles and no others
STACK_NAME = "course-portal-guard"
OUTPUT = "RoleArn"
VERSION = "2012-10-17"  # of the policy language


def policy() -> dict[str, Any]:
    """What the role may do: read lists. None of these calls knows narrower resources."""
    return {
        "Version": VERSION,
        "Statement": [{"Sid": "LookOnly", "Effect": "Allow", "Action": list(ACTIONS), "Resource": "*"}],
    }


def session_policy() -> str:
    """The same once more for each session: a role that can do more is of no use to the portal."""
    return json.dumps(policy(), separators=(",", ":"))


def trust(principal: str, external_id: str) -> dict[str, Any]:
    return {
        "Version": VERSION,
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": principal},
                "Action": "sts:AssumeRole",
                "Condition": {"StringEquals": {"sts:ExternalId": external_id}},
            }
        ],
    }


def template(principal: str, external_id: str) -> str:
    """The CloudFormation template for one student, as YAML. The role's name is CloudFormation's own."""
    tree = {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": "Lets the course portal see what runs in this account. It can read lists and change nothing.",
        "Resources": {
            "PortalGuardRole": {
                "Type": "AWS::IAM::Role",
                "Properties": {
                    "Path": PATH,
                    "Description": "The course portal looks for forgotten machines. Delete this stack to end it.",
                    "MaxSessionDuration": 3600,
                    "AssumeRolePolicyDocument": trust(principal, external_id),
                    "Policies": [{"PolicyName": "LookOnly", "PolicyDocument": policy()}],
                },
            }
        },
        "Outputs": {
            OUTPUT: {
                "Description": "Paste this into the course portal.",
                "Value": {"Fn::GetAtt": ["PortalGuardRole", "Arn"]},
            }
        },
    }
    return yaml.safe_dump(tree, sort_keys=False, width=120)
