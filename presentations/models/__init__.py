"""Who presents what, when; who may swap with whom; and what classmates say about it."""

from presentations.models.reviews import (
    PeerReview,
    ReviewAllowance,
    ReviewPlan,
    ReviewRule,
    ReviewUpload,
    TeamFeedback,
)
from presentations.models.schedule import (
    Presentation,
    PresentationDay,
    PresentationPlan,
    Release,
    Slot,
    SwapPair,
    SwapRequest,
)
from presentations.models.teams import Team, TeamMember, Topic

__all__ = [
    "PeerReview",
    "Presentation",
    "PresentationDay",
    "PresentationPlan",
    "Release",
    "ReviewAllowance",
    "ReviewPlan",
    "ReviewRule",
    "ReviewUpload",
    "Slot",
    "SwapPair",
    "SwapRequest",
    "Team",
    "TeamFeedback",
    "TeamMember",
    "Topic",
]
