"""Pools of codes, who asked for one, who got one, and the log of all that."""

from credits.models.audit import AuditEvent, AuditHead
from credits.models.hand_out import CreditRequest, Grant, Handover, Reveal
from credits.models.pool import CreditCode, CreditPool

__all__ = [
    "AuditEvent",
    "AuditHead",
    "CreditCode",
    "CreditPool",
    "CreditRequest",
    "Grant",
    "Handover",
    "Reveal",
]
