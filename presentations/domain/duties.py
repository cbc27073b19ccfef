"""Who owes how many reviews on which day: always derived from the schedule as it was last released."""

from dataclasses import dataclass, field
from datetime import date, datetime

from django.db.models import FilteredRelation, Q

from courses.domain import calendar
from courses.models import Course, Enrollment, Section
from presentations.domain import plans, schedule, windows
from presentations.domain.schedule import Place, TalkDay
from presentations.models import ReviewAllowance, ReviewPlan, ReviewRule, TeamFeedback


@dataclass
class Duties:
    """What each student owes each day; someone who owes nothing on a day is not listed for it."""

    days: list[TalkDay]
    students: list[Enrollment]
    sections: list[Section]
    plan: ReviewPlan
    owed: dict[tuple[int, int], int] = field(default_factory=dict)  # (enrollment, meeting) -> reviews
    waived: set[tuple[int, int]] = field(default_factory=set)
    extended: dict[tuple[int, int], datetime] = field(default_factory=dict)
    given: dict[int, datetime] = field(default_factory=dict)  # talk -> when its team got the feedback

    @property
    def total(self) -> int:
        return sum(self.owed.values())

    def by_section(self) -> dict[str, int]:
        return {section.code: self._sum(section=section.pk) for section in self.sections}

    def by_day(self) -> dict[date, int]:
        return {day.meeting.date: self._sum(meeting=day.meeting.pk) for day in self.days}

    def owed_by(self, person: Enrollment, day: TalkDay) -> int:
        return self.owed.get((person.pk, day.meeting.pk), 0)

    def due_for(self, person: Enrollment, day: TalkDay, due: datetime) -> datetime:
        """Until when one student's reviews of a day are taken, if everyone's are due at `due`."""
        return max(due, self.extended.get((person.pk, day.meeting.pk), due))

    def _sum(self, *, section: int = 0, meeting: int = 0) -> int:
        sections = {student.pk: student.section_id for student in self.students}
        return sum(
            n
            for (person, day), n in self.owed.items()
            if (not section or sections[person] == section) and (not meeting or day == meeting)
        )


def course_duties(course: Course, days: list[TalkDay] | None = None) -> Duties:
    """Everyone's duties, in a fixed number of queries."""
    sections = list(course.sections.all())
    students = list(course.enrollments.students().select_related("user", "section").order_by("user__sort_key", "pk"))
    plan = plans.plan_of(course)
    listed = schedule.days(course, plan=plan) if days is None else days
    return _derive(course, Duties(listed, students, sections, plans.asked_of_reviewers(plan)))


def student_duties(person: Enrollment, days: list[TalkDay], plan: ReviewPlan | None = None) -> Duties:
    """One student's duties; `plan` if it is read already."""
    section = [person.section] if person.section else []
    students = [] if person.is_staff else [person]
    return _derive(person.course, Duties(days, students, section, plan or plans.review_plan_of(person.course)))


def _derive(course: Course, duties: Duties) -> Duties:
    asked = ReviewRule.objects.filter(section__course=course) if duties.plan.criteria else ReviewRule.objects.none()
    rules = {rule.section_id: rule for rule in asked}
    allowances = ReviewAllowance.objects.filter(meeting__course=course)
    for person, meeting, is_waived, until in allowances.values_list(
        "enrollment", "meeting", "is_waived", "extended_until"
    ):
        if is_waived:
            duties.waived.add((person, meeting))
        if until:
            duties.extended[person, meeting] = until
    for day in duties.days:
        speakers = [place.speakers for place in day.counting]
        on_stage = {pk for place in day.places for pk in place.speakers}
        for student in duties.students:
            rule = rules.get(student.section_id or 0)
            key = (student.pk, day.meeting.pk)
            n = _owed(student.pk, rule, speakers, is_own_day=student.pk in on_stage) if rule else 0
            if n and key not in duties.waived:
                duties.owed[key] = n
    _forgive_closed(course, duties)
    return duties


def _forgive_closed(course: Course, duties: Duties) -> None:
    """What was given to the team before someone's time was over, they cannot review any more, so do not owe."""
    handed_in = Q(presentation__reviews__submitted_at__isnull=False)
    if len(duties.students) == 1:
        handed_in &= Q(presentation__reviews__reviewer=duties.students[0])
    rows = TeamFeedback.objects.annotate(review=FilteredRelation("presentation__reviews", condition=handed_in))
    written = set()
    for talk, at, reviewer in rows.filter(presentation__course=course).values_list(
        "presentation", "released_at", "review__reviewer"
    ):
        duties.given[talk] = at
        written.add((reviewer, talk))
    if not duties.given:
        return
    for day in duties.days:
        due = windows.due_at(day.meeting, duties.plan)
        for student in duties.students:
            had = sum(
                _had(student, place, duties.due_for(student, day, due), duties, written) for place in day.counting
            )
            if n := min(had, duties.owed_by(student, day)):
                duties.owed[student.pk, day.meeting.pk] = n
            else:
                duties.owed.pop((student.pk, day.meeting.pk), None)


def _had(student: Enrollment, place: Place, due: datetime, duties: Duties, written: set[tuple[int, int]]) -> bool:
    """Whether someone had their whole time to review a talk, or used what they had."""
    if place.has(student):
        return False
    given = duties.given.get(place.talk.pk)
    return given is None or (student.pk, place.talk.pk) in written or not calendar.is_on_time(due, given)


def _owed(student: int, rule: ReviewRule, speakers: list[set[int]], *, is_own_day: bool) -> int:
    """At most the talks that count and are not one's own."""
    if is_own_day and rule.is_exempt_on_own_day:
        return 0
    return min(rule.required_per_day, sum(student not in people for people in speakers))
