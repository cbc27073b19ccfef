"""Using the role in a student's account, and proving that nobody could use it through us for somebody else.

No error of AWS leaves this file as it is: its words hold accounts and roles.
"""

import re
import secrets
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings
from django.views.decorators.debug import sensitive_variables

from accounts.errors import DomainError
from cloudguard.domain.role_template import PATH, session_policy
from cloudguard.errors import AwsSilentError, RoleOpenError, RoleRefusedError

ANY = r"arn:(aws|aws-us-gov|aws-cn):iam::(\d{12}):"
PRINCIPAL = re.compile(ANY + r"(?:root|(?:role|user)/[\w+=,.@/-]{1,128})", re.ASCII)
ROLE = re.compile(ANY + rf"role{PATH}[\w+=,.@-]{{1,64}}", re.ASCII)
HOME = {"aws": "us-east-1", "aws-us-gov": "us-gov-west-1", "aws-cn": "cn-north-1"}  # where STS is asked
SESSION_NAME = "course-portal-guard"
SESSION_SECONDS = 900  # the least that AWS gives
PATIENCE = Config(connect_timeout=3, read_timeout=6, retries={"mode": "standard", "total_max_attempts": 2})
DENIED = {"AccessDenied", "AccessDeniedException"}


@dataclass(frozen=True)
class RoleKeys:
    access: str
    secret: str
    token: str

    def __repr__(self) -> str:
        return "RoleKeys(…)"


def is_on() -> bool:
    """Whether the portal has a name at AWS; without one nothing is ever asked there."""
    return PRINCIPAL.fullmatch(settings.GUARD_PRINCIPAL) is not None


def principal() -> str:
    return str(settings.GUARD_PRINCIPAL)


def home() -> str:
    """The region in which the portal asks first."""
    return HOME[settings.GUARD_PRINCIPAL.split(":")[1]]


def new_external_id() -> str:
    """What a role must ask of the portal; random, so that nobody can know another student's."""
    return f"portal-{secrets.token_hex(24)}"


def checked_arn(typed: str) -> str:
    """A role's ARN as AWS writes it. Raises DomainError for anything else, and for a role that is no student's."""
    arn = typed.strip()
    found, own = ROLE.fullmatch(arn), PRINCIPAL.fullmatch(settings.GUARD_PRINCIPAL)
    if not found or own is None:
        raise DomainError(
            "This is not the role of a template; it looks like arn:aws:iam::123456789012:role/course-portal/name."
        )
    if found[1] != own[1]:
        raise DomainError("This role is in another part of AWS than the portal, which cannot reach it.")
    if found[2] == own[2]:
        raise DomainError("This role is in the portal's own account. Give the one that your stack made.")
    return arn


@sensitive_variables()
def prove(arn: str, external_id: str) -> RoleKeys:
    """Keys of a role that AWS gives for its external id, and neither without one nor for a wrong one.

    Raises RoleOpenError, RoleRefusedError, or AwsSilentError where AWS does not answer plainly.
    """
    sts = _sts()
    if _asked(sts, arn) is not None:
        raise RoleOpenError("This role asks for no external id: whoever knows its name could look through the portal.")
    if _asked(sts, arn, new_external_id()) is not None:
        raise RoleOpenError("This role takes any external id: whoever knows its name could look through the portal.")
    return _keys(_asked(sts, arn, external_id))


@sensitive_variables()
def assume(arn: str, external_id: str) -> RoleKeys:
    """Keys of a role that was proved tonight. Raises RoleRefusedError or AwsSilentError."""
    return _keys(_asked(_sts(), arn, external_id))


@sensitive_variables()
def _keys(given: dict[str, Any] | None) -> RoleKeys:
    if given is None:
        raise RoleRefusedError(
            "AWS did not let the portal use this role: it is not there (a new one takes a minute), or it was made for "
            "another external id."
        )
    return RoleKeys(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])


@sensitive_variables()
def _asked(sts: Any, arn: str, external_id: str = "") -> dict[str, Any] | None:
    """The keys that AWS gives, or None if it refuses."""
    words = {"ExternalId": external_id} if external_id else {}
    try:
        answer = sts.assume_role(
            RoleArn=arn,
            RoleSessionName=SESSION_NAME,
            DurationSeconds=SESSION_SECONDS,
            Policy=session_policy(),
            **words,
        )
    except (BotoCoreError, ClientError) as error:
        if code_of(error) in DENIED:
            return None
        raise AwsSilentError(f"AWS gave no answer that says yes or no ({code_of(error)}).") from None
    given: dict[str, Any] = answer["Credentials"]
    return given


def code_of(error: Exception) -> str:
    """What AWS calls an error, without what it quotes."""
    return str(error.response["Error"]["Code"]) if isinstance(error, ClientError) else type(error).__name__


@sensitive_variables()
def _sts() -> Any:
    own = {
        "aws_access_key_id": settings.GUARD_ACCESS_KEY_ID,
        "aws_secret_access_key": settings.GUARD_SECRET_ACCESS_KEY,
    }
    session = boto3.session.Session(**(own if settings.GUARD_ACCESS_KEY_ID else {}), region_name=home())
    return session.client("sts", config=PATIENCE)
