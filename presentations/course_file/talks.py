from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from accounts.errors import DomainError
from courses.course_file.rules import dates_of
from courses.domain import gradebook
from courses.domain.course_plan import (
    Change,
    CourseTree,
    Mailing,
    Path,
    Plan,
    Problem,
    Tree,
    applying,
    compare,
    left_alone,
)
from courses.domain.course_schema import (
    DATE,
    KEY,
    MINUTE,
    NAME200,
    NUMBER,
    SECTION,
    TIME,
    URL,
    RowFields,
    block,
    flag,
    listing,
    text,
    whole,
)
from courses.models import Course, Enrollment, Role
from presentations.domain import arranging, plans, published_schedule, schedule, swaps
from presentations.models import (
    Presentation,
    PresentationDay,
    PresentationPlan,
    Slot,
    SwapPair,
    SwapRequest,
    Team,
    TeamMember,
)

FREE_KINDS = {"practice", "guest", "break", "other"}
TEAM = block(
    "number",
    number=NUMBER,
    name=text(200, default=""),
    members=listing(NAME200, longest=50, default=[]),
)
TALK = block(
    "date order",
    date=DATE,
    order=whole(0, 1000),
    team=NUMBER,
    guest=text(200, default=""),
    kind=KEY,
    title=text(300, default=""),
    note=text(500, default=""),
    start=TIME,
    minutes=whole(1, 1440),
    reviews_count=flag(True),
)
SWAPS = block(
    default={"approval": True, "until_hours": 24},
    approval=flag(True),
    until_hours=whole(0, 8760, default=24),
)
TEAM_SIZE = block("min max", min=whole(1, 50), max=whole(1, 50))
BLOCK = block(
    kinds=listing(
        block("key label", key=KEY, label=NAME200, minutes=whole(1, 600)), key="key", longest=100, whole=True
    ),
    minutes=whole(1, 600, default=20),
    sign_up_until=MINUTE,
    public=flag(False),
    swaps=SWAPS,
    presenting_sections=listing(SECTION, longest=100, unordered=True),
    team_size=TEAM_SIZE,
    days=listing(DATE, longest=400, unordered=True),
    suggested_papers_url=URL,
    teams=listing(TEAM, key="number"),
    schedule=listing(TALK, key="date order", longest=800, unordered=True, whole=True),
    swaps_allowed=listing(block("team with", team=NUMBER, **{"with": listing(NUMBER)}), key="team", whole=True),
)
SCHEMA = {"presentations": BLOCK}
RULES = RowFields(BLOCK, "minutes sign_up_until suggested_papers_url", public="is_public")
NAMED_LISTS = RowFields(BLOCK, "kinds presenting_sections")
SWAP_RULES = RowFields(SWAPS, approval="swaps_need_approval", until_hours="swaps_until_hours")
SIZES = RowFields(TEAM_SIZE, min="min_size", max="max_size")
PLACE = RowFields(TALK, "order start minutes")
SPOKEN = RowFields(TALK, "guest kind title note", reviews_count="do_reviews_count")


def check(tree: CourseTree) -> Iterator[Problem]:
    if "presentations" not in tree:
        return
    found = tree["presentations"]
    if "meetings" in tree:
        yield from _in_class(tree["meetings"], found)
    yield from _talks(found)
    yield from _teams(found)
    yield from _swaps_allowed(found)


def _in_class(meetings: Tree, found: Tree) -> Iterator[Problem]:
    dates = dates_of(meetings)
    named: list[tuple[Path, str]] = [(("days", n), day) for n, day in enumerate(found.get("days", []))]
    named += [(("schedule", n, "date"), talk["date"]) for n, talk in enumerate(found.get("schedule", []))]
    for path, day in named:
        if why_not := dates.why_not(date.fromisoformat(day)):
            yield Problem(("presentations", *path), why_not)


def _talks(found: Tree) -> Iterator[Problem]:
    numbers = {team["number"] for team in found.get("teams", [])}
    kinds = {kind["key"] for kind in found.get("kinds", [])}
    for n, talk in enumerate(found.get("schedule", [])):
        path: Path = ("presentations", "schedule", n)
        if "team" in talk and talk["team"] not in numbers:
            yield Problem((*path, "team"), f"There is no team {talk['team']} in this file.")
        if "team" in talk and talk["guest"]:
            yield Problem((*path, "guest"), "A talk is given by a team or by a guest, not by both.")
        if "kind" in talk and talk["kind"] not in kinds | FREE_KINDS:
            yield Problem((*path, "kind"), f'"{talk["kind"]}" is none of the kinds of this file.')
        if "days" in found and talk["date"] not in found["days"]:
            yield Problem((*path, "date"), f"{talk['date']} is none of the presentation days.")


def _teams(found: Tree) -> Iterator[Problem]:
    size = found.get("team_size")
    if size and size["min"] > size["max"]:
        message = f"A team of at least {size['min']} and at most {size['max']} cannot be."
        yield Problem(("presentations", "team_size", "min"), message)
    team_of: dict[str, int] = {}
    for n, team in enumerate(found.get("teams", [])):
        path: Path = ("presentations", "teams", n, "members")
        if size and len(team["members"]) > size["max"]:
            message = f"Team {team['number']} has {len(team['members'])} people; a team has at most {size['max']}."
            yield Problem(path, message)
        for m, login in enumerate(team["members"]):
            if login in team_of:
                yield Problem((*path, m), f"{login} is in team {team_of[login]} already.")
            team_of[login] = team["number"]


def _swaps_allowed(found: Tree) -> Iterator[Problem]:
    numbers = {team["number"] for team in found.get("teams", [])}
    for n, swap in enumerate(found.get("swaps_allowed", [])):
        named = {swap["team"], *swap["with"]}
        for number in sorted(named - numbers):
            yield Problem(("presentations", "swaps_allowed", n), f"There is no team {number} in this file.")
        if len(named) <= len(swap["with"]):
            message = f"Team {swap['team']} swaps with other teams, and each of them is named once."
            yield Problem(("presentations", "swaps_allowed", n), message)


def plan(course: Course, tree: CourseTree, now: datetime, *, also_agreed: bool = False) -> Plan:
    """Teams and swaps that people agreed on stay unless `also_agreed`."""
    before = export(course) if course.pk else {}
    kept: list[Change] = []
    strangers = list(_strangers(course, tree))
    if before and not also_agreed and "presentations" in tree:
        block, kept = _without_agreed(course, tree["presentations"])
        tree = CourseTree({**tree, "presentations": block}, tree.files)
    made = compare(course, tree, now, schema=SCHEMA, before=before, also_agreed=also_agreed)
    made.changes += kept
    made.problems += strangers
    if course.pk and made.touches("presentations", "schedule"):
        made.mailings += _moved_talks(made)
    return made


def _without_agreed(course: Course, named: Tree) -> tuple[Tree, list[Change]]:
    """The block without what would undo what people agreed: who is in a team, and swaps that were carried out."""
    found, kept = dict(named), []
    seated = _members(course)
    team_of = {login: number for number, logins in seated.items() for login in logins}
    for n, team in enumerate(found.get("teams", [])):
        number, members = team["number"], team.get("members", [])
        is_taken = any(team_of.get(login, number) != number for login in members)
        is_other = number in seated and "members" in team and members != seated[number]
        if is_taken or is_other:
            found["teams"] = [*found["teams"]]
            found["teams"][n] = {key: value for key, value in team.items() if key != "members"}
            path: Path = ("presentations", "teams", number, "members")
            kept.append(left_alone(path, "its people agreed otherwise; --also-agreed changes them"))
    if "schedule" in found and (teams := _swapped_back(course, found["schedule"])):
        found.pop("schedule")
        names = " and ".join(str(number) for number in sorted(teams))
        kept.append(left_alone(("presentations", "schedule"), f"teams {names} swapped; --also-agreed undoes that"))
    return found, kept


def _members(course: Course) -> dict[int, list[str]]:
    """The logins of each team that has people, in the order of their seats."""
    found: dict[int, list[str]] = {}
    people = course.enrollments.active().filter(team_seats__confirmed_at__isnull=False)
    in_order = people.order_by("team_seats__team", "team_seats__seat")
    for number, login in in_order.values_list("team_seats__team__number", "login"):
        found.setdefault(number, []).append(login)
    return found


def _swapped_back(course: Course, wanted: list[Tree]) -> set[int]:
    """The teams that swapped and that the file puts elsewhere than they now are."""
    accepted = course.swap_requests.filter(state=SwapRequest.State.ACCEPTED)
    swapped = {number for pair in accepted.values_list("from_team__number", "to_team__number") for number in pair}
    stand, file = (
        {talk["team"]: (talk["date"], talk["order"]) for talk in talks if talk.get("team") in swapped}
        for talks in (_schedule(course), wanted)
    )
    return {number for number in swapped if stand.get(number) != file.get(number)}


def _strangers(course: Course, tree: CourseTree) -> Iterator[Problem]:
    """Members of the file's teams who are neither students of the course nor on a roster of the file."""
    students = Enrollment.objects.filter(course_id=course.pk, role=Role.STUDENT).values_list("login", flat=True)
    known = {row.login for content in tree.files.values() for row in gradebook.read(content)} | set(students)
    for n, team in enumerate(tree.get("presentations", {}).get("teams", [])):
        for m, login in enumerate(team.get("members", [])):
            if login not in known:
                message = f'"{login}" is in team {team["number"]}, but on no roster of this file.'
                yield Problem(("presentations", "teams", n, "members", m), message)


def _moved_talks(made: Plan) -> Iterator[Mailing]:
    """The letters to people of teams whose published talk moves, comes or goes."""
    before, after = (
        {talk["team"]: _place(talk) for talk in tree.get("presentations", {}).get("schedule", []) if "team" in talk}
        for tree in (made.before, made.after)
    )
    moved = {team for team in before.keys() | after.keys() if before.get(team) != after.get(team)}
    seats = TeamMember.objects.active().filter(team__course=made.course, team__number__in=moved)
    names = ", ".join(str(number) for number in sorted(moved))
    yield Mailing(f"the talks of teams {names} move", frozenset(seats.values_list("enrollment__user", flat=True)))


def _place(talk: Tree) -> tuple[Any, ...]:
    return tuple(talk.get(key) for key in ("date", "order", "start", "minutes"))


def apply(plan: Plan) -> None:
    """Rules first, then days, teams and the schedule, which is released."""
    entry = plan.after["presentations"]
    with applying("presentations"):
        _write_rules(plan, entry)
    with applying("presentations", "days"):
        gone = _add_days(plan.course, entry.get("days", []))
    teams = _write_teams(plan, entry.get("teams", []))
    if plan.touches("presentations", "schedule") or not plan.before.get("presentations"):
        with applying("presentations", "schedule"):
            _release(plan, entry.get("schedule", []), teams)
    with applying("presentations", "days"):
        for day in gone:
            plans.remove_day(plan.course, day)
    _write_swaps(plan.course, entry.get("swaps_allowed", []), teams)


def _write_rules(plan: Plan, entry: Tree) -> None:
    course = plan.course
    fields = {
        **RULES.values(entry, course),
        **SWAP_RULES.values(entry["swaps"]),
        **SIZES.values(entry.get("team_size", {})),
    }
    rules = PresentationPlan.objects.filter(course=course).first()
    if rules is None:
        PresentationPlan.objects.create(course=course, **fields, **NAMED_LISTS.values(entry))
        return
    sections = entry.get("presenting_sections", [section.code for section in course.sections.all()])
    plans.change_plan(rules, kinds=entry.get("kinds", []), presenting_sections=sections, **fields)


def _add_days(course: Course, wanted: list[str]) -> list[date]:
    """Add the days that are new; those that are to go, once no talk is on them."""
    have = set(course.presentation_days.values_list("meeting__date", flat=True))
    days = {date.fromisoformat(day) for day in wanted}
    PresentationDay.objects.bulk_create(
        PresentationDay(course=course, meeting=meeting) for meeting in course.meetings.filter(date__in=days - have)
    )
    return sorted(have - days)


def _write_teams(plan: Plan, entries: list[Tree]) -> dict[int, Team]:
    course = plan.course
    teams = {team.number: team for team in course.teams.all()}
    people = {person.login: person for person in course.enrollments.exclude(login="").select_related("user")}
    seated = _members(course)
    for position, entry in enumerate(entries, start=1):
        team = teams.setdefault(entry["number"], Team(course=course, number=entry["number"]))
        if team.pk is None or (team.name, team.position) != (entry["name"], position):
            team.name, team.position = entry["name"], position
            team.save()
        if seated.get(team.number, []) != entry["members"]:
            _seat(team, [people[login] for login in entry["members"]], plan.now)
    return teams


def _seat(team: Team, members: list[Enrollment], now: datetime) -> None:
    since = dict(team.members.confirmed().values_list("enrollment", "confirmed_at"))
    TeamMember.objects.filter(team=team, enrollment__dropped_at=None).delete()
    taken = set(team.members.values_list("seat", flat=True))
    free = (seat for seat in range(1, 1000) if seat not in taken)
    for person in members:
        TeamMember.objects.filter(enrollment=person).delete()
        TeamMember.objects.create(team=team, enrollment=person, seat=next(free), confirmed_at=since.get(person.pk, now))


def _release(plan: Plan, entries: list[Tree], teams: dict[int, Team]) -> None:
    """Talks at their places: at once the published schedule, and the draft where staff did not arrange it anew."""
    course = plan.course
    if not entries and not course.releases.exists():
        return
    plans.lock_schedule(course)
    before = published_schedule.snapshot(schedule.days(course))
    editions = [Slot.Edition.LIVE, *([] if _has_own_draft(course) else [Slot.Edition.DRAFT])]
    slots = _slots(course, entries, teams)
    _refuse_moving_reviewed(course, slots)
    course.slots.filter(edition__in=editions).delete()
    Slot.objects.bulk_create(Slot(edition=edition, **slot) for edition in editions for slot in slots)
    published_schedule.record(course, before, by=None, now=plan.now, note="From the course file")
    swaps.supersede_stale(course, plan.now)


def _refuse_moving_reviewed(course: Course, slots: list[Tree]) -> None:
    planned = {slot["talk"].pk: slot["meeting"].pk for slot in slots}
    moved = [slot for talk, slot in arranging.reviewed_slots(course).items() if planned.get(talk) != slot.meeting_id]
    if moved:
        raise DomainError(f"{arranging.stays_where_reviewed(moved[0])} The file says otherwise; nothing was loaded.")


def _has_own_draft(course: Course) -> bool:
    keys = ("meeting", "order", "talk", "start", "minutes")
    draft, live = (set(slots.values_list(*keys)) for slots in (course.slots.draft(), course.slots.live()))
    return bool(draft) and draft != live


def _slots(course: Course, entries: list[Tree], teams: dict[int, Team]) -> list[Tree]:
    meetings = {meeting.date.isoformat(): meeting for meeting in course.meetings.all()}
    unused = list(course.presentations.order_by("pk"))
    slots = []
    for entry in entries:
        team = teams[entry["team"]] if "team" in entry else None
        talk = _write_talk(course, entry, team, unused)
        where = {"course": course, "meeting": meetings[entry["date"]], "talk": talk}
        slots.append({**where, **PLACE.values(entry)})
    return slots


def _write_talk(course: Course, entry: Tree, team: Team | None, unused: list[Presentation]) -> Presentation:
    """The talk of an entry: the team's, or the guest's of this title; a new one if none is unused."""
    own = (team.pk,) if team else (None, entry["guest"], entry["title"])
    same = (talk for talk in unused if own == (talk.team_id, talk.guest, talk.title)[: len(own)])
    talk = next(same, None) or Presentation(course=course, team=team)
    if talk in unused:
        unused.remove(talk)
    for name, value in SPOKEN.values(entry).items():
        setattr(talk, name, value)
    talk.save()
    if team:
        Team.objects.filter(pk=team.pk).update(title=talk.title, kind=talk.kind)
    return talk


def _write_swaps(course: Course, entries: list[Tree], teams: dict[int, Team]) -> None:
    wanted = [(teams[entry["team"]].pk, teams[other].pk) for entry in entries for other in entry["with"]]
    if wanted != list(SwapPair.objects.filter(course=course).values_list("team", "other")):
        SwapPair.objects.filter(course=course).delete()
        SwapPair.objects.bulk_create(
            SwapPair(course=course, team_id=team, other_id=other, position=position)
            for position, (team, other) in enumerate(dict.fromkeys(wanted))
        )


def export(course: Course) -> Tree:
    rules = PresentationPlan.objects.filter(course=course).first()
    if rules is None:
        return {}
    talks, members, size = _schedule(course), _members(course), SIZES.entry(rules)
    # A day that the draft gave up but that is still published is one of them.
    days = {day.isoformat() for day in course.presentation_days.values_list("meeting__date", flat=True)}
    block: Tree = {
        **RULES.entry(rules, course),
        **NAMED_LISTS.entry(rules),
        "swaps": SWAP_RULES.entry(rules),
        "team_size": size if len(size) == 2 else {},
        "days": sorted(days | {talk["date"] for talk in talks}),
        "teams": [
            {"number": team.number, "name": team.name, "members": members.get(team.number, [])}
            for team in course.teams.order_by("position", "number")
        ],
        "schedule": talks,
        "swaps_allowed": _swaps(course),
    }
    return {"presentations": {key: value for key, value in block.items() if value not in ([], {})}}


def _schedule(course: Course) -> list[Tree]:
    """The released schedule; before the first release, the draft."""
    edition = Slot.Edition.LIVE if course.releases.exists() else Slot.Edition.DRAFT
    slots = course.slots.filter(edition=edition, talk__isnull=False).select_related("meeting", "talk__team")
    return [_spot(course, slot, slot.talk) for slot in slots.order_by("meeting__starts_at", "order") if slot.talk]


def _spot(course: Course, slot: Slot, talk: Presentation) -> Tree:
    team = {"team": talk.team.number} if talk.team else {}
    return {"date": slot.meeting.date.isoformat(), **team, **PLACE.entry(slot), **SPOKEN.entry(talk)}


def _swaps(course: Course) -> list[Tree]:
    found: dict[int, list[int]] = {}
    for pair in SwapPair.objects.filter(course=course).select_related("team", "other"):
        found.setdefault(pair.team.number, []).append(pair.other.number)
    return [{"team": number, "with": others} for number, others in found.items()]
