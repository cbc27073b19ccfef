"""Addresses of this room, under /c/<course>/."""

from django.urls import path

from presentations.views import arranging, schedule, swaps, teams

urlpatterns = [
    path("presentations/", schedule.presentations, name="presentations"),
    path("presentations/seen", schedule.schedule_seen, name="schedule_seen"),
    path("presentations/public", schedule.public_schedule, name="public_schedule"),
    path("presentations/swaps/", swaps.swaps, name="swaps"),
    path("presentations/swaps/ask", swaps.swap_ask, name="swap_ask"),
    path("presentations/swaps/<int:pk>/accept", swaps.swap_accept, name="swap_accept"),
    path("presentations/swaps/<int:pk>/decline", swaps.swap_decline, name="swap_decline"),
    path("presentations/swaps/<int:pk>/withdraw", swaps.swap_withdraw, name="swap_withdraw"),
    path("presentations/swaps/<int:pk>/approve", swaps.swap_approve, name="swap_approve"),
    path("presentations/teams/", teams.teams, name="teams"),
    path("presentations/teams/start", teams.team_start, name="team_start"),
    path("presentations/teams/form", teams.team_form, name="team_form"),
    path("presentations/teams/<int:pk>/", teams.team, name="team"),
    path("presentations/teams/<int:pk>/days", teams.team_days, name="team_days"),
    path("presentations/teams/<int:pk>/invite", teams.team_invite, name="team_invite"),
    path("presentations/teams/<int:pk>/confirm", teams.team_confirm, name="team_confirm"),
    path("presentations/teams/<int:pk>/leave", teams.team_leave, name="team_leave"),
    path("presentations/teams/<int:pk>/unseat", teams.team_unseat, name="team_unseat"),
    path("presentations/teams/<int:pk>/disband", teams.team_disband, name="team_disband"),
    path("presentations/topics/add", teams.topic_add, name="topic_add"),
    path("presentations/topics/<int:pk>/claim", teams.topic_claim, name="topic_claim"),
    path("presentations/arrange/", arranging.arrange, name="arrange"),
    path("presentations/arrange/teams", arranging.teams_to_place, name="teams_to_place"),
    path("presentations/arrange/allocate", arranging.allocate, name="allocate"),
    path("presentations/arrange/guest", arranging.guest_add, name="guest_add"),
    path("presentations/arrange/<isodate:date>/push", arranging.push_on, name="push_on"),
    path("presentations/talks/<int:pk>/move", arranging.talk_move, name="talk_move"),
    path("presentations/talks/<int:pk>/nudge", arranging.talk_nudge, name="talk_nudge"),
    path("presentations/talks/<int:pk>/out", arranging.talk_out, name="talk_out"),
    path("presentations/talks/<int:pk>/hours", arranging.talk_hours, name="talk_hours"),
    path("presentations/talks/<int:pk>/remove", arranging.talk_remove, name="talk_remove"),
    path("presentations/release", arranging.release, name="release"),
    path("presentations/plan", arranging.presentation_plan, name="presentation_plan"),
]
