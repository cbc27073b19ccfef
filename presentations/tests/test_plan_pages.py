"""The instructor's rules by page: presenting, swapping, reviewing; each refusal in words."""

from datetime import time
from html.parser import HTMLParser

import pytest

from portal.testing import Cast, client_of
from presentations.domain import releases, reviews, schedule, swaps
from presentations.models import PresentationPlan, ReviewPlan, ReviewRule, SwapPair
from presentations.tests import factories
from presentations.tests.pages import url

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("before_the_talks")]


def fields_of(page: str) -> dict[str, str]:
    """What a browser would send if one pressed Save at once."""

    class Reader(HTMLParser):
        sent: dict[str, object] = {}

        select = ""

        def handle_starttag(self, tag, attrs):
            named = dict(attrs)
            self.select = named["name"] if tag == "select" else self.select
            if tag == "option" and ("selected" in named or self.select not in self.sent):
                self.sent[self.select] = named["value"]
            if tag != "input" or "name" not in named:
                return
            if named.get("type") in ("checkbox", "radio"):
                if "checked" in named:
                    self.sent.setdefault(named["name"], []).append(named.get("value", "on"))
            else:
                self.sent[named["name"]] = named.get("value", "")

    Reader.sent = {}
    Reader().feed(page)
    return Reader.sent


def edit(cast: Cast, name: str, status: int = 302, **typed: object) -> str:
    """Open a page as the instructor, change what stands in it, save."""
    browser = client_of(cast.instructor)
    sent = fields_of(browser.get(url(cast, name)).content.decode()) | typed
    answer = browser.post(url(cast, name), {key: value for key, value in sent.items() if value is not None})
    assert answer.status_code == status, answer.content.decode()
    return answer.content.decode()


def rows(*models):
    return [list(model.objects.order_by("pk").values()) for model in models]


@pytest.mark.parametrize("name", ["presentation_plan", "swap_rules", "review_plan"])
def test_saving_a_page_as_it_stands_changes_nothing(cast: Cast, name: str):
    factories.released(cast)
    models = (PresentationPlan, ReviewPlan, ReviewRule, SwapPair)
    before = [[{**row, "id": 0} for row in table] for table in rows(*models)]
    edit(cast, name)
    assert [[{**row, "id": 0} for row in table] for table in rows(*models)] == before


@pytest.mark.parametrize("name", ["presentation_plan", "swap_rules", "review_plan"])
def test_a_course_without_any_rule_is_given_some(cast: Cast, name: str):
    edit(cast, name)
    assert client_of(cast.assistant).get(url(cast, name)).status_code == 403


def test_kinds_sections_sizes_and_times_are_edited_in_the_course_zone(cast: Cast):
    factories.make_plan(cast.course)
    edit(
        cast,
        "presentation_plan",
        min_size=2,
        max_size=4,
        minutes=25,
        is_public="on",
        sign_up_until="2024-04-09T12:00",
        presenting=["CS 501"],
        **{"kinds-0-label": "Technology", "kinds-1-minutes": "30", "kinds-2-label": "Live démo!"},
    )
    plan = PresentationPlan.objects.get()
    assert (plan.max_size, plan.minutes, plan.is_public) == (4, 25, True)
    assert plan.sign_up_until.isoformat() == "2024-04-09T19:00:00+00:00"
    assert plan.presenting_sections == ["CS 501"]
    assert plan.kinds == [
        {"key": "technology", "label": "Technology"},
        {"key": "paper", "label": "Research paper", "minutes": 30},
        {"key": "live_d_mo", "label": "Live démo!"},
    ]
    assert (plan.minutes_of("paper"), plan.minutes_of("technology"), plan.minutes_of("")) == (30, 25, 25)


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"min_size": 5, "max_size": 3}, "At least 5 and at most 3 people cannot be"),
        ({"min_size": 2, "max_size": ""}, "Say both sizes, or neither."),
        ({"min_size": 1, "max_size": 1}, "Team 1 has 2 people, more than 1. Change the team first"),
        ({"presenting": None}, "Choose at least one section whose students present."),
        ({"kinds-1-DELETE": "on"}, "Team 1 presents one of the kinds that would be gone (Research paper)."),
        ({"sign_up_until": "2024-03-10T02:30"}, "does not exist on Sunday 2024-03-10"),
        ({"suggested_papers_url": "papers"}, "Enter a valid URL"),
        ({"kinds-2-label": "Poster", "kinds-2-key": "paper"}, "Two kinds have the key “paper”"),
        ({"kinds-0-label": ""}, "This field is required."),
    ],
)
def test_rules_that_cannot_be_are_refused_and_what_was_typed_is_kept(cast: Cast, typed, words: str):
    factories.released(cast)
    before = rows(PresentationPlan)
    read = edit(cast, "presentation_plan", 422, minutes=33, **typed)
    assert words in read.replace("&#x27;", "’") and 'value="33"' in read
    assert rows(PresentationPlan) == before


def test_a_kind_that_nobody_presents_goes(cast: Cast):
    factories.released(cast)
    edit(cast, "presentation_plan", **{"kinds-0-DELETE": "on"})
    assert [kind["key"] for kind in PresentationPlan.objects.get().kinds] == ["paper"]


def test_other_minutes_move_the_draft_and_not_what_is_published(cast: Cast):
    factories.released(cast)
    cast.course.presentations.update(kind="paper")
    edit(cast, "presentation_plan", **{"kinds-1-minutes": "45"})
    spent = [[day.spent for day in schedule.days(cast.course, edition)] for edition in ("live", "draft")]
    assert spent == [[20, 20, 20], [45, 45, 45]]
    assert [change["what"] for change in releases.pending_changes(cast.course)] == ["moved"] * 3


def test_who_may_swap_with_whom_is_typed_by_numbers(cast: Cast):
    teams = factories.released(cast)
    edit(cast, "swap_rules", team_1="2", team_2="1 and 3", team_3="", swaps_need_approval=None, swaps_until_hours=48)
    plan = PresentationPlan.objects.get()
    assert (plan.swaps_need_approval, plan.swaps_until_hours) == (False, 48)
    assert [[other.number for other in swaps.partners(team)] for team in teams] == [[2], [1, 3], [2]]
    edit(cast, "swap_rules", team_1="all", team_2="", team_3="")
    assert [[other.number for other in swaps.partners(team)] for team in teams] == [[2, 3], [1], [1]]


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"team_1": "2, 12"}, "“12” is no team of this course"),
        ({"team_1": "two"}, "“two” is no team of this course"),
        ({"team_1": "1"}, "Team 1 cannot swap with itself."),
        ({"team_1": "9" * 40}, "is no team of this course"),
        ({"swaps_until_hours": "-1"}, "greater than or equal to 0"),
    ],
)
def test_a_policy_that_cannot_be_is_refused_at_its_field(cast: Cast, typed, words: str):
    factories.released(cast)
    before = rows(SwapPair, PresentationPlan)
    read = edit(cast, "swap_rules", 422, **{"team_2": "3", **typed})
    assert words in read and 'name="team_2" value="3"' in read
    assert rows(SwapPair, PresentationPlan) == before


def test_criteria_comments_due_time_and_rules_are_edited(cast: Cast):
    factories.released(cast)
    first, second = cast.course.sections.all()
    edit(
        cast,
        "review_plan",
        due_days=3,
        due_time="20:59",
        **{"criteria-0-max": "10", "criteria-2-label": "Slides & visuals", "criteria-1-DELETE": "on"},
        **{"comments-0-required": "on", "comments-2-prompt": "Anything else?"},
        **{f"section-{first.pk}-required_per_day": "2", f"section-{second.pk}-extra_reviews": "extra credit"},
    )
    plan = ReviewPlan.objects.get()
    assert (plan.due_days, plan.due_time) == (3, time(20, 59))
    assert plan.criteria == [
        {"kind": "scale", "key": "content", "label": "Content", "min": 1, "max": 10},
        {"key": "slides___visuals", "kind": "scale", "label": "Slides & visuals", "min": 1, "max": 5},
    ]
    assert plan.comments == [
        {"key": "good", "prompt": "What worked?", "required": True},
        {"key": "better", "prompt": "What could be better?"},
        {"key": "anything_else", "prompt": "Anything else?"},
    ]
    rules = {rule.section_id: (rule.required_per_day, rule.extra_reviews) for rule in ReviewRule.objects.all()}
    assert rules == {first.pk: (2, None), second.pk: (1, "extra credit")}
    edit(cast, "review_plan", due_days="", due_time="")
    plan.refresh_from_db()
    assert (plan.has_due, plan.due_days, plan.due_time) == (False, None, None)


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"criteria-0-min": "5", "criteria-0-max": "5"}, "from a smaller to a larger number, not from 5 to 5"),
        ({"criteria-0-max": "12"}, "A scale from 1 to 12 has 12 steps; at most 11 fit."),
        ({"criteria-0-key": "good"}, "is a key of criteria already"),
        ({"criteria-0-key": "a b"}, "cannot be a key here"),
        ({"criteria-0-key": "csrfmiddlewaretoken"}, "cannot be a key here"),
        ({"due_days": "2", "due_time": ""}, "Days after the class need a time"),
        ({"due_days": "-1"}, "greater than or equal to 0"),
    ],
)
def test_a_review_that_cannot_be_asked_is_refused(cast: Cast, typed, words: str):
    factories.released(cast)
    before = rows(ReviewPlan, ReviewRule)
    read = edit(cast, "review_plan", 422, **{"comments-1-prompt": "Kept?", **typed})
    assert words in read and "Kept?" in read
    assert rows(ReviewPlan, ReviewRule) == before


def test_once_a_review_is_handed_in_what_it_answers_stays_and_the_rest_can_change(cast: Cast):
    talk = factories.talk_of(factories.released(cast)[0])
    start = talk.slots.live().get().meeting.starts_at
    typed = {"content": "4", "clarity": "5", "good": "", "better": ""}
    reviews.save_draft(talk, by=cast.student, typed=typed, now=start)
    edit(cast, "review_plan", **{"criteria-0-label": "Substance"})
    reviews.submit(talk, by=cast.student, typed=typed, now=start)
    before = rows(ReviewPlan)
    for change in ({"criteria-0-label": "Slides"}, {"criteria-1-DELETE": "on"}, {"comments-0-prompt": "Why?"}):
        read = edit(cast, "review_plan", 422, **change)
        assert "1 review was handed in already, so the criteria and comments stay as they are" in read
        assert rows(ReviewPlan) == before
    edit(cast, "review_plan", due_days="9")
    assert ReviewPlan.objects.get().due_days == 9
