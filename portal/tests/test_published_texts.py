"""A credit code in a text that others would read: no verb publishes it, and what was typed comes back."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, time
from functools import partial
from hashlib import sha256

import pytest
import time_machine
from django.apps import apps
from django.db import models, transaction
from django.urls import reverse

from accounts.errors import DomainError
from cloudguard.domain import cost_reminders, prices
from courses.domain import (
    agenda,
    announcements,
    assignments,
    calendar,
    course_settings,
    meetings,
    publishing,
    roster,
    staff,
)
from courses.domain.publishing import texts_in
from courses.models import Role, WeeklyTime
from credits.domain import grants, pools, requests, vault
from credits.models import AuditEvent
from credits.tests.world import fill, make_pool
from feedback.domain import plans as survey_plans
from feedback.domain import student_questions
from officehours.domain import appointment_requests, appointments, polls, queues, series, waiting_list
from officehours.domain import plans as hours_plans
from officehours.domain.appointments import Wish
from officehours.domain.edits import Edit, Scope
from officehours.domain.series import Terms
from portal.testing import NOON, Cast
from portal.tests.routes import all_routes
from portal.tests.world import World, make_world
from presentations.domain import (
    arranging,
    feedback,
    plans,
    releases,
    reviews,
    rubric,
    swaps,
    teams,
    topics,
    windows,
)

pytestmark = pytest.mark.django_db
CODE, TYPED = "FAKE-Code-9999", "take fake code–9999, it is free"
LEFT = re.compile(r"fake.?code.?9999", re.IGNORECASE)
POSTS_A_DRAFT = "announcements.post_announcement"  # which was written before its code was known
ROSTER = f"Student,ID,SIS User ID,SIS Login ID,Section\n,,,,\n{TYPED.replace(',', '')},1,1,ada,CS 101\n"


@pytest.fixture(autouse=True)
def own_keys(settings):
    settings.CREDIT_KEYS, settings.CREDIT_INDEX_KEY = f"first:{vault.new_key()}", vault.new_key()
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def world(cast: Cast) -> World:
    world = make_world(cast)
    fill(make_pool(cast.course, stock=0, program="Other credits"), [CODE])
    return world


def _draft(world: World):
    return world.cast.course.announcements.create(title="Codes", text=TYPED, created_at=NOON)


def _question(**fields: object) -> dict[str, object]:
    return {"key": "q", "kind": "text", "prompt": "How was it?", **fields}


def _terms(**fields: str) -> Terms:
    return replace(Terms(weekday=1, start=time(9), end=time(10)), **fields)


def _create_hours(world: World, terms: Terms) -> None:
    days = {"first_on": date(2024, 4, 10), "last_on": date(2024, 5, 10)}
    series.create(world.cast.course, host=world.cast.instructor.user, terms=terms, now=NOON, **days)


def _edit_hours(world: World) -> None:
    edit = Edit(world.rows["hours"].pk, Scope.THIS, None, reason=TYPED)
    hours_plans.apply_edit(world.cast.course, edit, by=world.cast.instructor, seen="", now=NOON)


def _rubric(world: World, criteria: list, comments: list) -> None:
    plan = world.cast.course.review_plan
    rubric.change(plan, criteria=criteria, comments=comments, due_days=1, due_time=None, owed={})


CRITERIA = [{"key": "content", "label": "Content", "max": 5}]
REPLY = {"wording": "Why?", "reply": "So.", "follow_up": "", "follow_up_reply": ""}
# Every verb that mails a text or shows it to others, by the name that TEXTS below uses, given one with a code.
VERBS: dict[str, Callable[[World], object]] = {
    "announcements.post_announcement": lambda w: announcements.post_announcement(_draft(w), now=NOON),
    "announcements.write_announcement": lambda w: announcements.write_announcement(
        w.cast.course, title="Codes", text=TYPED, by=w.cast.instructor.user, now=NOON
    ),
    "announcements.edit_announcement": lambda w: announcements.edit_announcement(
        w.rows["announcement"], title=TYPED, text="x", now=NOON
    ),
    "assignments.create": lambda w: assignments.create(w.cast.course, name="A2", title=TYPED),
    "assignments.edit": lambda w: assignments.edit(w.rows["assignment"], notes=["fine", TYPED]),
    "agenda.replace": lambda w: agenda.replace(
        w.rows["survey"].meeting, [agenda.AgendaLine(TYPED)], version=w.rows["survey"].meeting.agenda_version, now=NOON
    ),
    "meetings.change_meeting": lambda w: meetings.change_meeting(
        w.rows["survey"].meeting, title=TYPED, start=time(9), end=time(10), place="", now=NOON
    ),
    "calendar.cancel_meeting": lambda w: calendar.cancel_meeting(w.rows["survey"].meeting, reason=TYPED, now=NOON),
    "course_settings.add_no_class_day": lambda w: course_settings.add_no_class_day(
        w.cast.course, date(2024, 5, 28), reason=TYPED, now=NOON
    ),
    "course_settings.set_weekly_time": lambda w: course_settings.set_weekly_time(
        WeeklyTime(course=w.cast.course, weekday=5, start=time(9), end=time(10), place=TYPED), now=NOON
    ),
    "course_settings.change_course": lambda w: course_settings.change_course(w.cast.course, title=TYPED, now=NOON),
    "staff.add_staff": lambda w: staff.add_staff(
        w.cast.course, name=TYPED, email="new@example.edu", role=Role.ASSISTANT, now=NOON
    ),
    "roster.preview": lambda w: roster.preview(w.cast.course, "r.csv", ROSTER.encode(), by=None, now=NOON),
    "roster.load": lambda w: roster.load(w.cast.course, ROSTER.encode(), file_name="r.csv", now=NOON),
    "survey_plans.change": lambda w: survey_plans.change(
        w.cast.course.survey_plan, questions=[_question(prompt=TYPED)], now=NOON
    ),
    "survey_plans.change title": lambda w: survey_plans.change(w.cast.course.survey_plan, title=TYPED, now=NOON),
    "survey_plans.change_questions": lambda w: survey_plans.change_questions(
        w.rows["survey"], [_question(kind="scale", min=1, max=3, anchors={"1": TYPED})]
    ),
    "student_questions.ask": lambda w: student_questions.ask(w.rows["survey"], wording=TYPED),
    "grants.report_faulty": lambda w: grants.report_faulty(w.rows["grant"], by=w.cast.student, words=TYPED, now=NOON),
    "student_questions.edit": lambda w: student_questions.edit(
        w.rows["question"], version=w.rows["question"].version, by=w.cast.instructor.user, **REPLY | {"reply": TYPED}
    ),
    "student_questions.publish": lambda w: student_questions.publish(_asked(w), by=w.cast.instructor.user, now=NOON),
    "topics.suggest": lambda w: topics.suggest(w.cast.course, title=TYPED),
    "topics.propose": lambda w: topics.propose(w.rows["team"], title=TYPED),
    "teams.form_team": lambda w: teams.form_team(w.cast.course, [], title=TYPED, now=NOON),
    "swaps.propose": lambda w: swaps.propose(w.rows["team"], w.rows["team"], by=w.cast.student, note=TYPED, now=NOON),
    "releases.release": lambda w: releases.release(w.cast.course, by=None, note=TYPED, now=NOON),
    "reviews.hand_in": lambda w: reviews.hand_in(w.rows["review"], None, NOON, scores={}, comments={"good": TYPED}),
    "feedback.screen": lambda w: feedback.screen(w.rows["review"], key="good", text=TYPED),
    "feedback.release": lambda w: feedback.release(w.rows["talk"], summary=TYPED, now=NOON),
    "windows.set_allowance": lambda w: windows.set_allowance(
        w.cast.student,
        w.rows["survey"].meeting,
        by=w.cast.instructor.user,
        is_waived=True,
        extended_until=None,
        reason=TYPED,
    ),
    "arranging.add_guest": lambda w: arranging.add_guest(
        w.cast.course, guest=TYPED, title="", kind="", do_reviews_count=False
    ),
    "plans.change_plan": lambda w: plans.change_plan(
        w.cast.course.presentation_plan, kinds=[{"key": "k", "label": TYPED}], presenting_sections=["CS 101"]
    ),
    "rubric.change": lambda w: _rubric(w, [{**CRITERIA[0], "label": TYPED}], []),
    "rubric.change prompt": lambda w: _rubric(w, CRITERIA, [{"key": "good", "prompt": TYPED}]),
    "requests.decline": lambda w: requests.decline(
        w.rows["credit_request"], by=w.cast.instructor.user, reason=TYPED, now=NOON
    ),
    "pools.keep": lambda w: pools.keep(
        _with(w.rows["credit_pool"], note=TYPED), sections=[], version="", by=None, now=NOON
    ),
    "cost_reminders.keep": lambda w: cost_reminders.keep(_with(w.rows["cost_reminder"], text=TYPED)),
    "prices.save": lambda w: prices.save(_with(w.rows["price"], size=TYPED)),
    "appointments.book": lambda w: appointments.book(
        w.rows["hours"], by=w.cast.student, starts_at=NOON, wish=Wish(TYPED), now=NOON
    ),
    "appointments.cancel": lambda w: appointments.cancel(w.rows["appointment"], reason=TYPED, now=NOON),
    "appointment_requests.ask": lambda w: appointment_requests.ask(
        w.cast.course, by=w.cast.student, host=w.cast.instructor, times=[LATER], wish=Wish(TYPED), now=NOON
    ),
    "appointment_requests.accept": lambda w: appointment_requests.accept(
        w.rows["appointment"], time=LATER, by=w.cast.instructor, place=TYPED, now=NOON
    ),
    "appointment_requests.decline": lambda w: appointment_requests.decline(
        w.rows["appointment"], by=w.cast.instructor, reason=TYPED, now=NOON
    ),
    "appointment_requests.counter": lambda w: appointment_requests.counter(
        w.rows["appointment"], by=w.cast.instructor, times=[LATER], place=TYPED, now=NOON
    ),
    "waiting_list.join": lambda w: waiting_list.join(w.rows["hours"], by=w.cast.student, topic=TYPED, now=NOON),
    "queues.join": lambda w: queues.join(w.rows["place"].queue, by=w.cast.student, topic=TYPED, team=None, now=NOON),
    "queues.note": lambda w: queues.note(w.rows["place"], TYPED),
    "polls.ask": lambda w: polls.ask(
        w.cast.course, question=TYPED, weekdays=[1], start=time(9), end=time(10), minutes=30, now=NOON
    ),
    "series.create": lambda w: _create_hours(w, _terms(title=TYPED)),
    "series.create place": lambda w: _create_hours(w, _terms(place=TYPED)),
    "hours_plans.apply_edit": _edit_hours,
}
LATER = datetime(2024, 4, 11, 19, tzinfo=UTC)


def _with(row: models.Model, **fields: object) -> models.Model:
    for name, value in fields.items():
        setattr(row, name, value)
    return row


def _asked(world: World):
    return _with(world.rows["question"], reply=TYPED, published_at=None)


OURS = ("courses", "feedback", "officehours", "presentations", "credits", "cloudguard")
# Where a text that others read is kept: the verbs of VERBS through which it comes in. Course files come in as a whole.
READ_BY_OTHERS = {
    "courses.Course.title": "course_settings.change_course",
    "courses.Course.school": "course_settings.change_course",
    "courses.Course.institution": "course_settings.change_course",
    "courses.WeeklyTime.place": "course_settings.set_weekly_time",
    "courses.NoClassDay.reason": "course_settings.add_no_class_day, calendar.cancel_meeting",
    "courses.ClassMeeting.place": "meetings.change_meeting",
    "courses.ClassMeeting.title": "meetings.change_meeting",
    "courses.AgendaItem.text": "agenda.replace",
    "courses.Enrollment.login": "roster.preview, roster.load, staff.add_staff",
    "courses.Enrollment.canvas_section": "roster.preview, roster.load",
    "courses.RosterImport.file_name": "roster.preview",
    "courses.RosterChange.login": "roster.preview",
    "courses.RosterChange.name": "roster.preview",
    "courses.RosterChange.before": "roster.preview",
    "courses.RosterChange.after": "roster.preview",
    "courses.RosterChange.note": "roster.preview",
    "courses.Assignment.name": "assignments.create, assignments.edit",
    "courses.Assignment.title": "assignments.create, assignments.edit",
    "courses.Assignment.url": "assignments.create, assignments.edit",
    "courses.Assignment.topics": "assignments.create, assignments.edit",
    "courses.Assignment.notes": "assignments.create, assignments.edit",
    "courses.Announcement.title": "announcements.write_announcement, announcements.edit_announcement",
    "courses.Announcement.text": "announcements.write_announcement, announcements.edit_announcement",
    "feedback.SurveyPlan.title": "survey_plans.change",
    "feedback.SurveyPlan.questions": "survey_plans.change",
    "feedback.Survey.title": "survey_plans.change",
    "feedback.Question.prompt": "survey_plans.change, survey_plans.change_questions",
    "feedback.Question.options": "survey_plans.change, survey_plans.change_questions",
    "feedback.StudentQuestion.asked": "student_questions.ask",
    "feedback.StudentQuestion.wording": "student_questions.edit, student_questions.publish",
    "feedback.StudentQuestion.reply": "student_questions.edit, student_questions.publish",
    "feedback.StudentQuestion.follow_up": "student_questions.edit, student_questions.publish",
    "feedback.StudentQuestion.follow_up_reply": "student_questions.edit, student_questions.publish",
    "presentations.PresentationPlan.kinds": "plans.change_plan",
    "presentations.PresentationPlan.suggested_papers_url": "plans.change_plan",
    "presentations.ReviewPlan.criteria": "rubric.change",
    "presentations.ReviewPlan.comments": "rubric.change",
    "presentations.Team.title": "teams.form_team, topics.propose",
    "presentations.Topic.title": "topics.suggest, topics.propose",
    "presentations.Topic.url": "topics.suggest",
    "presentations.Presentation.guest": "arranging.add_guest",
    "presentations.Presentation.title": "arranging.add_guest, topics.propose",
    "presentations.Presentation.note": "arranging.add_guest",
    "presentations.Release.note": "releases.release",
    "presentations.PeerReview.comments": "reviews.hand_in",
    "presentations.PeerReview.screened": "feedback.screen",
    "presentations.ReviewAllowance.reason": "windows.set_allowance",
    "presentations.TeamFeedback.comments": "reviews.hand_in, feedback.screen",
    "presentations.TeamFeedback.summary": "feedback.release",
    "presentations.SwapRequest.note": "swaps.propose",
    "cloudguard.CostReminder.text": "cost_reminders.keep",
    "cloudguard.CostReminder.instance": "cost_reminders.keep",
    "cloudguard.CostReminder.assignments": "cost_reminders.keep",
    "cloudguard.RunningPrice.size": "prices.save",
    "credits.CreditPool.program": "pools.keep",
    "credits.CreditPool.note": "pools.keep",
    "credits.CreditRequest.reason": "requests.decline",
    "credits.Grant.report": "grants.report_faulty",
    "officehours.HoursSeries.title": "series.create, hours_plans.apply_edit",
    "officehours.HoursSeries.place": "series.create, hours_plans.apply_edit",
    "officehours.HoursSeries.url": "series.create, hours_plans.apply_edit",
    "officehours.OfficeHours.reason": "hours_plans.apply_edit",
    "officehours.OfficeHours.place": "hours_plans.apply_edit",
    "officehours.OfficeHours.url": "hours_plans.apply_edit",
    "officehours.Appointment.topic": "appointments.book, appointment_requests.ask",
    "officehours.Appointment.place": "appointment_requests.accept, appointment_requests.counter",
    "officehours.Appointment.reason": "appointments.cancel, appointment_requests.decline",
    "officehours.WaitingListEntry.topic": "waiting_list.join",
    "officehours.AvailabilityPoll.question": "polls.ask",
    "officehours.QueueEntry.topic": "queues.join",
    "officehours.QueueEntry.note": "queues.note",
}
NOT_PUBLISHED = {
    "feedback.FreeText.text": "staff read it; students only as a question, by student_questions.publish",
    "courses.Course.login_email_domain": "only the course file gives it",
    "courses.Course.office_hours_note": "of the course file, looked through as a whole",
    "courses.Section.roster_file": "of the course file",
    "courses.AgendaItem.target": "keys of rows",
    "feedback.Survey.figures": "numbers",
    "feedback.Survey.late_figures": "numbers",
    "presentations.PresentationPlan.presenting_sections": "codes of sections",
    "presentations.Team.name": "only the course file gives it",
    "presentations.Team.preferred_days": "dates",
    "presentations.Topic.folded": "made of the title",
    "presentations.Presentation.speakers": "keys of rows",
    "presentations.Release.changes": "made of titles and dates",
    "presentations.Release.schedule": "made of titles and dates",
    "presentations.PeerReview.scores": "numbers",
    "presentations.PeerReview.rewritten": "keys",
    "presentations.ReviewUpload.typed": "its writer reads it, until reviews.hand_in takes it over",
    "presentations.ReviewUpload.why_not": "sentences of the check",
    "presentations.TeamFeedback.figures": "numbers, and words of the criteria",
    "credits.AuditEvent.note": "written by the portal",
    "cloudguard.AccountLink.role_arn": "read by its student alone",
    "cloudguard.AccountLink.regions": "from AWS",
    "cloudguard.AccountLink.regions_left": "from AWS",
    "cloudguard.AccountLink.blind_spots": "from AWS",
    "cloudguard.Finding.resource_id": "from AWS",
    "cloudguard.Finding.size": "from AWS",
    "credits.CreditCode.sealed": "sealed",
    "officehours.Appointment.proposed": "times",
    "officehours.CalendarFeed.left_out": "kinds of events",
    "officehours.AvailabilityPoll.weekdays": "numbers",
    "officehours.PollAnswer.windows": "times",
    "officehours.OfficeHours.uid": "made by the portal",
    "officehours.OfficeHours.rule_place": "copied from its series",
    "officehours.OfficeHours.rule_url": "copied from its series",
}
TEXT_FIELDS = {
    f"{model._meta.label}.{field.name}": field
    for model in apps.get_models()
    for field in model._meta.fields
    if isinstance(field, models.CharField | models.TextField | models.JSONField)
    and model._meta.app_label in OURS
    and not field.choices
    and (field.max_length is None or field.max_length >= 100)
}


def texts_of_rows() -> list[str]:
    """Every text of every row."""
    columns = ((field.model._base_manager, field.name) for field in TEXT_FIELDS.values())
    return [text for rows, name in columns for text in texts_in(rows.values_list(name))]


def refusal(verb: Callable[[], object]) -> str:
    """The sentence with which a verb refuses; empty if it does what it is asked."""
    try:
        verb()
    except (DomainError, publishing.TextRefusedError) as error:
        return error.message
    return ""


def test_no_verb_publishes_a_code(world: World):
    """One world for all of them, put back after each."""
    for verb, publish in VERBS.items():
        with transaction.atomic():
            assert "holds a credit code" in refusal(partial(publish, world)), verb
            kept = [text for text in texts_of_rows() if LEFT.search(text)]
            assert kept == [TYPED] * (verb == POSTS_A_DRAFT), verb
            transaction.set_rollback(True)


def test_each_text_that_others_read_has_its_verb_in_the_table():
    assert set(TEXT_FIELDS) - set(READ_BY_OTHERS) - set(NOT_PUBLISHED) == set()
    assert not set(READ_BY_OTHERS) & set(NOT_PUBLISHED)
    named = {verb for verbs in READ_BY_OTHERS.values() for verb in verbs.split(", ")}
    assert named < {verb.split(" ")[0] for verb in VERBS}


PAGES = {
    "announcement_new": {"title": "Codes", "text": TYPED},
    "announcement_edit": {"title": "Codes", "text": TYPED},
    "agenda_edit": {"count": "1", "line-0-kind": "lecture", "line-0-text": TYPED, "do": "save", "version": "0"},
    "assignment_edit": {"name": "A1", "title": TYPED, "state": "announced", "topics": "", "notes": ""},
    "cost_reminder": {"text": TYPED, "usd_per_hour": "0.03"},
    "no_class_day_add": {"date": "2024-05-28", "reason": TYPED},
    "review_screen": {"key": "good", "text": TYPED},
    "topic_add": {"title": TYPED},
    "meeting_cancel": {"reason": TYPED},
}


def test_what_was_typed_comes_back_unsaved_with_the_reason(world: World):
    routes = {route.name: route for route in all_routes()}
    for name, form in PAGES.items():
        answer = world.browser_of(world.cast.instructor).post(world.url_of(routes[name]), form)
        page = answer.content.decode()
        assert answer.status_code == 422 and "This text holds a credit code" in page, name
        assert "take …, it is free" in page and not LEFT.search(page) and "no-store" in answer["Cache-Control"], name
        assert f'action="{world.url_of(routes[name])}"' in page, name
        event = AuditEvent.objects.last()
        assert (event.kind, event.actor_id) == ("refused", world.cast.instructor.user_id), name
        assert event.note == "a text held a code and was given back", name
    assert not any(LEFT.search(text) for text in texts_of_rows())


HIDDEN = [
    r"FAKE\-Code\-9999",
    "FAKE&#45;Code&#x2d;9999",
    "F&#65;KE-Code-9999",
    "FAKE_Code.9999",
    "F/A/K/E/C/o/d/e/9999",
    "FAKE\u2043Code\u20439999",
    "FAKE-**Code**-9999",
    "FAKE%2DCode%2D9999",
    "FAKE\u034f-Code-9999",
    "FAKE-[Code](https://example.edu)-9999",  # only the page puts it together
]


def test_a_code_is_known_in_any_dress(world: World):
    for hidden in HIDDEN:
        draft = world.cast.course.announcements.create(title="Codes", text=f"take {hidden}, free", created_at=NOON)
        post = partial(announcements.post_announcement, draft, now=NOON)
        assert "holds a credit code" in refusal(post), hidden


def test_a_long_text_costs_as_many_statements_as_a_short_one_and_a_word_none(world: World, django_assert_num_queries):
    with django_assert_num_queries(2):
        publishing.check("".join(sha256(bytes([n])).hexdigest() for n in range(80)))
    with django_assert_num_queries(2):
        publishing.check("a text as long as a code")
    with django_assert_num_queries(0):
        publishing.check("short")


def test_what_cannot_be_looked_through_is_not_taken_and_no_report_shows_it(world: World, monkeypatch):
    monkeypatch.setattr("credits.domain.vault._key_for", lambda _: 1 / 0)
    answer = world.browser_of(world.cast.instructor).post(
        reverse("announcement_new", args=[world.cast.course.slug]), {"title": "Codes", "text": TYPED}
    )
    page = answer.content.decode()
    assert answer.status_code == 422 and "could not be looked through" in page and not LEFT.search(page)


def test_without_its_keys_the_portal_still_takes_texts(world: World, settings):
    settings.CREDIT_KEYS, settings.IS_PRIVATE = "", True
    assert topics.suggest(world.cast.course, title="A plain text, long enough")
