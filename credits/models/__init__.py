"""Pools of codes, who asked for one, who got one, and the log of all that; and what runs in linked accounts."""

from credits.models.audit import AuditEvent, AuditHead
from credits.models.cost import CostReminder
from credits.models.guard import AccountLink, Finding, ResourceKind, RunningPrice
from credits.models.hand_out import CreditRequest, Grant, Handover, Reveal
from credits.models.pool import CreditCode, CreditPool

__all__ = [
    "AccountLink",
    "AuditEvent",
    "AuditHead",
    "CostReminder",
    "CreditCode",
    "CreditPool",
    "CreditRequest",
    "Finding",
    "Grant",
    "Handover",
    "ResourceKind",
    "Reveal",
    "RunningPrice",
]
