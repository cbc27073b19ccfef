"""What runs in an account, region by region. Only lists are read; role_template.py names every call of this file.

Where AWS does not let the portal look, that is an answer too: a blind spot, never an empty list.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import cache
from itertools import islice
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.views.decorators.debug import sensitive_variables

from cloudguard.domain import aws_roles
from cloudguard.domain.aws_roles import RoleKeys, code_of
from cloudguard.errors import AwsSilentError, RoleRefusedError
from cloudguard.models import ResourceKind

AT_ONCE = 8  # regions
MOST = 200  # things of a kind in a region
PATIENCE = Config(
    connect_timeout=5, read_timeout=10, retries={"mode": "standard", "total_max_attempts": 4}, max_pool_connections=2
)
DENIED = {"UnauthorizedOperation", "AccessDenied", "AccessDeniedException", "AuthorizationError"}
CLOSED = {"OptInRequired", "AuthFailure", "InvalidClientTokenId", "UnrecognizedClientException"}
SLOW = {"RequestLimitExceeded", "Throttling", "ThrottlingException", "TooManyRequestsException"}


@dataclass(frozen=True)
class Seen:
    kind: str
    resource_id: str
    size: str = ""
    amount: Decimal = Decimal(1)
    since: datetime | None = None
    is_idle: bool = False


@dataclass
class Look:
    """What one look into a region brought: what is there, for which kinds that is known, and for which not."""

    region: str
    seen: list[Seen] = field(default_factory=list)
    known: list[str] = field(default_factory=list)
    blind_spots: list[dict[str, str]] = field(default_factory=list)


@sensitive_variables()
def regions(keys: RoleKeys) -> list[str]:
    """The regions that are enabled in an account. Raises RoleRefusedError or AwsSilentError where AWS does not say."""
    try:
        answer = _client(keys, "ec2", aws_roles.home()).describe_regions()
    except (BotoCoreError, ClientError) as error:
        if code_of(error) in DENIED:
            raise RoleRefusedError("The role may not even list the account's regions.") from None
        raise AwsSilentError(f"AWS did not name the account's regions ({code_of(error)}).") from None
    return sorted(region["RegionName"] for region in answer["Regions"])


@sensitive_variables()
def look(keys: RoleKeys, names: list[str]) -> list[Look]:
    # Making a client is not safe in threads, using one is.
    clients = [(name, _clients(keys, name)) for name in names]
    with ThreadPoolExecutor(AT_ONCE) as threads:
        return list(threads.map(_look, clients))


@cache
def _session() -> Any:
    """One for all accounts: it reads the descriptions of the services, which takes a second, and holds no keys."""
    return boto3.session.Session()


@sensitive_variables()
def _client(keys: RoleKeys, service: str, region: str) -> Any:
    return _session().client(
        service,
        region_name=region,
        aws_access_key_id=keys.access,
        aws_secret_access_key=keys.secret,
        aws_session_token=keys.token,
        config=PATIENCE,
    )


@sensitive_variables()
def _clients(keys: RoleKeys, region: str) -> dict[str, Any]:
    """A client for each service that this region has; a region that botocore does not know yet is asked for all."""
    partition = _session().get_partition_for_region(region)
    is_known = region in _session().get_available_regions("ec2", partition)
    return {
        service: _client(keys, service, region)
        for service in {service for service, _ in LOOKS.values()}
        if not is_known or region in _session().get_available_regions(service, partition)
    }


@sensitive_variables()
def _look(place: tuple[str, dict[str, Any]]) -> Look:
    region, clients = place
    found = Look(region)
    for kind, (service, things_of) in LOOKS.items():
        if service not in clients:
            continue
        try:
            seen = list(islice(things_of(clients[service]), MOST + 1))
        except Exception as error:
            found.blind_spots.append(_blind(region, kind, _why(error)))
            continue
        found.seen += seen[:MOST]
        if len(seen) > MOST:
            found.blind_spots.append(_blind(region, kind, f"only the first {MOST} are listed"))
        else:
            found.known.append(kind)
    return found


def _blind(region: str, kind: str, why: str) -> dict[str, str]:
    return {"region": region, "what": kind, "why": why}


def _why(error: Exception) -> str:
    """Why a look failed, in words that hold nothing of the account."""
    code = code_of(error)
    if code in DENIED:
        return "not allowed"
    if code in CLOSED:
        return "the region is closed to this account"
    return "AWS asked to slow down" if code in SLOW else "no answer"


def _instances(ec2: Any) -> Iterator[Seen]:
    states = [{"Name": "instance-state-name", "Values": ["pending", "running"]}]
    for page in ec2.get_paginator("describe_instances").paginate(Filters=states):
        instances = (instance for reservation in page["Reservations"] for instance in reservation["Instances"])
        for instance in instances:
            since = instance.get("LaunchTime")
            yield Seen(ResourceKind.INSTANCE, instance["InstanceId"], _size_of_instance(instance), since=since)


def _size_of_instance(instance: dict[str, Any]) -> str:
    """What sets its price: type, what runs on it unless plain Linux, tenancy unless shared, and spot."""
    system = instance.get("PlatformDetails") or "Linux/UNIX"
    tenancy = instance.get("Placement", {}).get("Tenancy") or "default"
    parts = [
        instance["InstanceType"],
        "" if system == "Linux/UNIX" else system,
        "" if tenancy == "default" else tenancy,
        instance.get("InstanceLifecycle") or "",
    ]
    return " ".join(filter(None, parts))


def _volumes(ec2: Any) -> Iterator[Seen]:
    states = [{"Name": "status", "Values": ["available", "in-use"]}]
    for page in ec2.get_paginator("describe_volumes").paginate(Filters=states):
        for volume in page["Volumes"]:
            idle = volume["State"] == "available"
            yield Seen(
                ResourceKind.VOLUME,
                volume["VolumeId"],
                volume["VolumeType"],
                Decimal(volume["Size"]),
                volume["CreateTime"],
                idle,
            )


def _addresses(ec2: Any) -> Iterator[Seen]:
    for address in ec2.describe_addresses()["Addresses"]:
        if not (address.get("AssociationId") or address.get("InstanceId")):
            yield Seen(ResourceKind.ADDRESS, address.get("AllocationId") or address["PublicIp"], is_idle=True)


def _databases(rds: Any) -> Iterator[Seen]:
    for page in rds.get_paginator("describe_db_instances").paginate():
        for database in page["DBInstances"]:
            if database.get("DBInstanceStatus") not in ("stopped", "deleting"):
                in_two_zones = ["Multi-AZ"] if database.get("MultiAZ") else []
                size = " ".join([database["DBInstanceClass"], database["Engine"], *in_two_zones])
                name = database["DBInstanceIdentifier"]
                yield Seen(ResourceKind.DATABASE, name, size, since=database.get("InstanceCreateTime"))


def _endpoints(sagemaker: Any) -> Iterator[Seen]:
    """Each variant of each endpoint; one that is serverless costs by the call, not by the hour."""
    for page in sagemaker.get_paginator("list_endpoints").paginate(StatusEquals="InService"):
        for endpoint in page["Endpoints"]:
            whole = sagemaker.describe_endpoint(EndpointName=endpoint["EndpointName"])
            config = sagemaker.describe_endpoint_config(EndpointConfigName=whole["EndpointConfigName"])
            counts = {
                variant["VariantName"]: variant.get("CurrentInstanceCount")
                for variant in whole.get("ProductionVariants", [])
            }
            for variant in config["ProductionVariants"]:
                if size := variant.get("InstanceType"):
                    name = variant["VariantName"]
                    count = counts.get(name) or variant.get("InitialInstanceCount") or 1
                    where = f"{endpoint['EndpointName']}/{name}"
                    yield Seen(ResourceKind.ENDPOINT, where, size, Decimal(count), endpoint["CreationTime"])


def _notebooks(sagemaker: Any) -> Iterator[Seen]:
    for page in sagemaker.get_paginator("list_notebook_instances").paginate(StatusEquals="InService"):
        for notebook in page["NotebookInstances"]:
            since = notebook.get("LastModifiedTime") or notebook.get("CreationTime")  # it is started anew each time
            yield Seen(
                ResourceKind.NOTEBOOK, notebook["NotebookInstanceName"], notebook.get("InstanceType", ""), since=since
            )


LOOKS: dict[str, tuple[str, Callable[[Any], Iterator[Seen]]]] = {
    ResourceKind.INSTANCE: ("ec2", _instances),
    ResourceKind.DATABASE: ("rds", _databases),
    ResourceKind.ENDPOINT: ("sagemaker", _endpoints),
    ResourceKind.NOTEBOOK: ("sagemaker", _notebooks),
    ResourceKind.VOLUME: ("ec2", _volumes),
    ResourceKind.ADDRESS: ("ec2", _addresses),
}
