"""Teams: formed by students until a date, changed by staff at any time."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import now
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.errors import DomainError, shown_on
from courses.access import CourseRequest, course_view
from courses.models import Role
from presentations.domain import teams as rules
from presentations.domain import topics
from presentations.forms.teams import AddPersonForm, DaysForm, TitleForm, TopicForm
from presentations.models import Team, TeamMember
from presentations.queries import team_pages


@require_GET
@course_view()
def teams(request: CourseRequest) -> HttpResponse:
    return _teams_page(request, TopicForm(request.course))


def _teams_page(request: CourseRequest, topic_form: TopicForm) -> HttpResponse:
    page = team_pages.teams_page(request.enrollment, now=now())
    context = {"page": page, "topic_form": topic_form, "person_form": AddPersonForm(page.summary.unplaced)}
    return render(request, "presentations/teams.html", context, status=422 if topic_form.errors else 200)


@require_POST
@course_view()
def team_start(request: CourseRequest) -> HttpResponse:
    team = rules.start(request.enrollment, now=now())
    messages.info(request, f"Team {team.number} is yours. Invite others by name.")
    return redirect("team", course_slug=request.course.slug, pk=team.pk)


@require_http_methods(["GET", "POST"])
@course_view()
def team(request: CourseRequest, pk: int) -> HttpResponse:
    shown = _team(request, pk)
    form = TitleForm(shown, request.POST if request.method == "POST" else None)
    if request.method == "POST":
        rules.refuse_unless_may_change(shown, request.enrollment)
        if form.is_valid():
            with shown_on(form, "title"):
                topics.propose(shown, **form.cleaned_data)
                messages.info(request, "Saved.")
                return redirect("team", course_slug=request.course.slug, pk=pk)
    context = {**_page(request, shown), "form": form}
    return render(request, "presentations/team.html", context, status=422 if form.errors else 200)


def _page(request: CourseRequest, shown: Team) -> dict[str, Any]:
    members = team_pages.members_for(request.enrollment, shown)
    own = next((member for member in members if member.enrollment_id == request.enrollment.pk), None)
    may_change = request.enrollment.is_staff or bool(own and own.confirmed_at)
    return {
        "team": shown,
        "members": members,
        "own": own,
        "may_change": may_change,
        "is_settled": rules.is_settled(shown),
        "person_form": AddPersonForm(team_pages.without_team(request.course)) if may_change else None,
        "days_form": DaysForm(shown) if may_change else None,
    }


@require_POST
@course_view()
def team_days(request: CourseRequest, pk: int) -> HttpResponse:
    shown = _team(request, pk)
    rules.refuse_unless_may_change(shown, request.enrollment)
    form = DaysForm(shown, request.POST)
    if not form.is_valid():
        context = {**_page(request, shown), "form": TitleForm(shown), "days_form": form}
        return render(request, "presentations/team.html", context, status=422)
    shown.preferred_days = form.cleaned_data["days"]
    shown.save(update_fields=["preferred_days"])
    return redirect("team", course_slug=request.course.slug, pk=pk)


@require_POST
@course_view()
def team_invite(request: CourseRequest, pk: int) -> HttpResponse:
    shown = _team(request, pk)
    person = AddPersonForm(team_pages.without_team(request.course), request.POST).chosen()
    if request.enrollment.is_staff:
        rules.add_member(shown, person, now=now())
    else:
        rules.invite(shown, person, by=request.enrollment, now=now())
        messages.info(request, f"{person.user.short_name} gets a letter; the seat is kept.")
    return redirect("team", course_slug=request.course.slug, pk=pk)


@require_POST
@course_view()
def team_confirm(request: CourseRequest, pk: int) -> HttpResponse:
    rules.confirm(_own_seat(request, pk), now=now())
    return redirect("team", course_slug=request.course.slug, pk=pk)


@require_POST
@course_view()
def team_leave(request: CourseRequest, pk: int) -> HttpResponse:
    rules.leave(_own_seat(request, pk), now=now())
    return redirect("teams", course_slug=request.course.slug)


@require_POST
@course_view(Role.ASSISTANT)
def team_member_remove(request: CourseRequest, pk: int) -> HttpResponse:
    number = request.POST.get("person", "")
    person = int(number) if number.isdecimal() and len(number) < 19 else 0  # more, and no database holds it
    seat = _team(request, pk).members.filter(enrollment=person).first()
    if seat is None:
        raise DomainError("They are not in this team any more; nothing was changed.")
    rules.remove_member(seat)
    return redirect("teams", course_slug=request.course.slug)


@require_POST
@course_view(Role.ASSISTANT)
def team_form(request: CourseRequest) -> HttpResponse:
    person = AddPersonForm(team_pages.without_team(request.course), request.POST).chosen()
    made = rules.form_team(request.course, [person], now=now())
    return redirect("team", course_slug=request.course.slug, pk=made.pk)


@require_POST
@course_view(Role.ASSISTANT)
def team_disband(request: CourseRequest, pk: int) -> HttpResponse:
    rules.disband(_team(request, pk))
    return redirect("teams", course_slug=request.course.slug)


@require_POST
@course_view(Role.ASSISTANT)
def topic_add(request: CourseRequest) -> HttpResponse:
    form = TopicForm(request.course, request.POST)
    if form.is_valid():
        with shown_on(form, "title"):
            topics.suggest(request.course, **form.cleaned_data)
            return redirect("teams", course_slug=request.course.slug)
    return _teams_page(request, form)


@require_POST
@course_view()
def topic_claim(request: CourseRequest, pk: int) -> HttpResponse:
    topic = get_object_or_404(request.course.topics, pk=pk)
    own = rules.team_of(request.enrollment)
    if own is None:
        raise DomainError("Only a team claims a topic; start one, or join one, first.")
    topics.claim(topic, own)
    messages.info(request, f"“{topic.title}” is your team’s now.")
    return redirect("team", course_slug=request.course.slug, pk=own.pk)


def _team(request: CourseRequest, pk: int) -> Team:
    return get_object_or_404(request.course.teams.select_related("course"), pk=pk)


def _own_seat(request: CourseRequest, pk: int) -> TeamMember:
    seats = _team(request, pk).members.select_related("enrollment__user", "team__course")
    seat = seats.filter(enrollment=request.enrollment).first()
    if seat is None:
        raise DomainError("No seat is kept for you in this team; ask its people to invite you.")
    return seat
