from courses.domain.course_schema import (
    DATE,
    EMAIL,
    LINES,
    LONG,
    MINUTE,
    NAME60,
    NAME200,
    NUMBER,
    PLACE,
    TIME,
    URL,
    WEEKDAY,
    RowFields,
    Schema,
    block,
    enum,
    flag,
    listing,
    text,
    whole,
)
from courses.models import AgendaItem, Assignment, Course

TITLE = text(200, default="")
AGENDA = listing(
    block(
        "text",
        text=text(300, shortest=1),
        kind=enum(*AgendaItem.Kind.values, default="other"),
        minutes=whole(1, 1440),
        team=NUMBER,
        assignment={**text(120), "x-one-of": "assignments"},
    ),
    longest=200,
    default=[],
)
COURSE = block(
    "slug code title timezone starts_on ends_on",
    slug=text(80, spelled="slug"),
    code=NAME60,
    title=NAME200,
    term=text(60, default=""),
    school=text(200, default=""),
    institution=text(200, default=""),
    timezone=text(64, spelled="zone"),
    starts_on=DATE,
    ends_on=DATE,
    login_email_domain=text(200, default="", spelled="domain"),
    accent=enum(*Course.Accent.values, default=Course.Accent.PURPLE.value),
)
MEETINGS = block(
    "weekly first_on last_on",
    first_number=whole(0, 1000, default=1),
    weekly=listing(
        block("weekday start end", weekday=WEEKDAY, start=TIME, end=TIME, place=PLACE),
        key="weekday",
        shortest=1,
        unordered=True,
        key_checked_by_rule=True,
    ),
    first_on=DATE,
    last_on=DATE,
    no_class=listing(
        block("date", date=DATE, reason=text(200, default=""), cancelled=flag(False)),
        key="date",
        default=[],
        unordered=True,
        whole=True,
    ),
    extra=listing(
        block("date start end", date=DATE, start=TIME, end=TIME, place=PLACE, title=TITLE, agenda=AGENDA),
        key="date",
        default=[],
        unordered=True,
    ),
    details=listing(
        block("date", date=DATE, title=TITLE, start=TIME, end=TIME, place=text(120), agenda=AGENDA),
        key="date",
        longest=800,
        default=[],
        unordered=True,
        implicit=True,
    ),
)
ASSIGNMENTS = listing(
    block(
        "name",
        name=text(120, shortest=1),
        title=text(250, default=""),
        state=enum(*Assignment.State.values, default=Assignment.State.POSTED.value),
        url=URL,
        extra_credit=flag(False),
        required=flag(True),
        topics=LINES,
        notes=LINES,
        due_at=MINUTE,
        originally_due_at=MINUTE,
    ),
    key="name",
)
SCHEMA: dict[str, Schema] = {
    "course": {**COURSE, "x-required": True},
    "sections": {
        **listing(block("code", code=NAME60), key="code", longest=100, shortest=1),
        "x-required": True,
    },
    "rosters": listing(text(200, spelled="file-name"), longest=100),
    "staff": listing(
        block("name email role", name=NAME200, email=EMAIL, role=enum("instructor", "assistant")),
        key="email",
        longest=200,
        unordered=True,
    ),
    "meetings": {**MEETINGS, "x-required": True},
    "office_hours_note": LONG,
    "assignments": ASSIGNMENTS,
}
COURSE_FIELDS = RowFields(
    COURSE, "slug code title term school institution timezone login_email_domain accent starts_on ends_on"
)
SPAN_FIELDS = RowFields(MEETINGS, "first_number", first_on="meetings_first_on", last_on="meetings_last_on")
WEEKLY_FIELDS = RowFields(MEETINGS["properties"]["weekly"]["items"], "weekday start end place")
AGENDA_FIELDS = RowFields(AGENDA["items"], "text kind minutes")
ASSIGNMENT_FIELDS = RowFields(
    ASSIGNMENTS["items"],
    "name title state url topics notes due_at originally_due_at",
    extra_credit="is_extra_credit",
    required="is_required",
)
