"""An invented AWS: moto's, with roles that ask for their external id, which moto's own do not."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from unittest.mock import patch

import boto3
from moto import mock_aws
from moto.ec2.models.availability_zones_and_regions import Region, RegionsAndZonesBackend
from moto.sts.exceptions import STSClientError
from moto.sts.models import STSBackend

from cloudguard.domain import account_links, aws_looks
from cloudguard.domain.aws_roles import RoleKeys
from cloudguard.models import AccountLink
from courses.models import Enrollment
from portal.testing import NOON

PORTAL = "arn:aws:iam::999988887777:role/portal"
ACCOUNT = "111122223333"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/course-portal/course-portal-guard-PortalGuardRole-AbC123"
Trust = Callable[[str | None], bool]


@dataclass
class Cloud:
    """Which role trusts whom, who was asked what, and a way to make things in an account."""

    roles: dict[str, Trust] = field(default_factory=dict)
    asked: list[dict[str, object]] = field(default_factory=list)
    regions: list[str] = field(default_factory=lambda: ["us-east-1", "us-west-2"])  # moto has 38, which take long

    def make_role(self, external_id: str, arn: str = ROLE) -> str:
        """A role as the template makes it."""
        self.roles[arn] = lambda given: given == external_id
        return arn

    def keys(self, account: str = ACCOUNT) -> RoleKeys:
        """Keys of a session in an account."""
        with patch.object(STSBackend, "assume_role", REAL):
            role = {"RoleArn": f"arn:aws:iam::{account}:role/owner", "RoleSessionName": "owner"}
            given = boto3.client("sts", region_name="us-east-1").assume_role(**role)["Credentials"]
        return RoleKeys(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])

    def client(self, service: str, region: str = "us-east-1", account: str = ACCOUNT):
        """A client of the student themselves."""
        return aws_looks._client(self.keys(account), service, region)

    def run(self, size: str = "c5d.large", region: str = "us-east-1", account: str = ACCOUNT, **what: object) -> str:
        """Start an instance."""
        ec2 = self.client("ec2", region, account)
        done = ec2.run_instances(ImageId="ami-12c6146b", MinCount=1, MaxCount=1, InstanceType=size, **what)
        return done["Instances"][0]["InstanceId"]


def fill_account(cloud: Cloud) -> str:
    """One of everything that the guard looks for, and some of what it does not; the running machine's id."""
    ec2, rds, sagemaker = (cloud.client(service) for service in ("ec2", "rds", "sagemaker"))
    stopped = cloud.run("t3.micro")
    ec2.terminate_instances(InstanceIds=[stopped])
    running = cloud.run()
    ec2.create_volume(AvailabilityZone="us-east-1a", Size=100, VolumeType="gp3")
    ec2.allocate_address(Domain="vpc")
    used = ec2.allocate_address(Domain="vpc")["AllocationId"]
    ec2.associate_address(AllocationId=used, InstanceId=running)
    database = {"DBInstanceClass": "db.t3.micro", "Engine": "postgres", "AllocatedStorage": 20}
    secret = {"MasterUsername": "invented", "MasterUserPassword": "invented-invented"}
    for name in ("db-runs", "db-stopped"):
        rds.create_db_instance(DBInstanceIdentifier=name, **database, **secret)
    rds.stop_db_instance(DBInstanceIdentifier="db-stopped")
    role = f"arn:aws:iam::{ACCOUNT}:role/machine"
    sagemaker.create_model(ModelName="model", ExecutionRoleArn=role, PrimaryContainer={"Image": "image"})
    variant = {"VariantName": "all", "ModelName": "model", "InitialInstanceCount": 2, "InstanceType": "ml.t2.medium"}
    sagemaker.create_endpoint_config(EndpointConfigName="config", ProductionVariants=[variant])
    sagemaker.create_endpoint(EndpointName="endpoint", EndpointConfigName="config")
    sagemaker.create_notebook_instance(NotebookInstanceName="notebook", InstanceType="ml.t3.medium", RoleArn=role)
    return running


def _regions(names: list[str]) -> list[Region]:
    return [region for region in RegionsAndZonesBackend.regions if region.name in names]


REAL = STSBackend.assume_role


@contextmanager
def an_aws(settings) -> Iterator[Cloud]:
    """The guard is on, and AWS is invented."""
    cloud = Cloud()

    def assume_role(self, **asked: object):
        cloud.asked.append(asked)
        trusts = cloud.roles.get(str(asked["role_arn"]), lambda _: False)
        if not trusts(asked["external_id"]):
            words = f"User: {PORTAL} is not authorized to perform: sts:AssumeRole on resource: {asked['role_arn']}"
            raise STSClientError("AccessDenied", words)
        return REAL(self, **asked)

    settings.GUARD_PRINCIPAL = PORTAL
    settings.GUARD_ACCESS_KEY_ID = settings.GUARD_SECRET_ACCESS_KEY = "invented"
    unknown = patch("moto.core.errors.warn")  # moto does not know that STS says AccessDenied
    images = patch.dict(os.environ, {"MOTO_EC2_LOAD_DEFAULT_AMIS": "false"})  # else the first look takes half a minute
    some = patch.object(RegionsAndZonesBackend, "describe_regions", lambda *_: _regions(cloud.regions))
    with unknown, images, some, mock_aws(), patch.object(STSBackend, "assume_role", assume_role):
        yield cloud


def linked(cloud: Cloud, person: Enrollment, arn: str = ROLE) -> AccountLink:
    """A student who has linked an account."""
    link = account_links.begin(person, now=NOON)
    account_links.link_role(link, cloud.make_role(link.external_id, arn), now=NOON)
    return AccountLink.objects.select_related("enrollment__course", "enrollment__user").get(pk=link.pk)
