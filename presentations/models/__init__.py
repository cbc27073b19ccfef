"""Who presents what, when; who may swap with whom; and what classmates say about it."""

from presentations.models.plan import PresentationDay, PresentationPlan, ReviewPlan, ReviewRule, SwapPair
from presentations.models.reviews import PeerReview, ReviewAllowance, ReviewUpload, TeamFeedback
from presentations.models.schedule import Presentation, Release, Slot, SwapRequest
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
