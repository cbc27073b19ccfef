"""The desk page: who can be chosen, and how it learns that the student has the code."""

import pytest

from credits.domain import desk, grants, requests
from credits.models import Handover
from credits.tests.browsing import CODE, begin, recent
from credits.tests.world import give, make_pool
from portal.testing import NOON, Cast, client_of, url

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]


def look(cast: Cast, pool, *, piece=True, of=None):
    headers = {"HX-Request": "true"} if piece else {}
    where = url("credit_desk", cast.course, pk=pool.pk)
    of = of or Handover.objects.order_by("-pk").first().pk
    return client_of(cast.assistant).get(where, {"of": of}, headers=headers)


def test_the_page_learns_that_the_student_has_the_code(cast: Cast, pool):
    digits = begin(cast, pool)
    assert look(cast, pool).status_code == 204
    recent(cast.student).post(url("credit_collect", cast.course, pk=pool.pk), {"digits": digits})
    answer = look(cast, pool)
    piece = answer.content.decode()
    assert "Ada Fictive has it." in piece and ">Next</a>" in piece and "hx-get" not in piece
    assert not CODE.search(piece) and "no-store" in answer["Cache-Control"]
    Handover.objects.update(ended_at=None)  # they pressed "Show my code" instead of typing the digits
    assert "Ada Fictive has it." in look(cast, pool).content.decode()


def test_without_javascript_looking_begins_nothing_and_shows_no_digits(cast: Cast, pool):
    digits = begin(cast, pool)
    page = look(cast, pool, piece=False).content.decode()
    assert "Not taken yet" in page and digits[:3] + " " + digits[3:] not in page
    assert Handover.objects.count() == 1
    grant = give(pool, cast.student)
    grants.reveal(grant, by=cast.student, now=NOON)
    page = look(cast, pool, piece=False).content.decode()
    assert "Ada Fictive has it." in page and "<label" in page


def test_a_hand_out_that_ended_otherwise_says_how(cast: Cast, pool, at_noon):
    begin(cast, pool)
    first = Handover.objects.get().pk
    begin(cast, pool)
    assert "Newer digits" in look(cast, pool, of=first).content.decode()
    Handover.objects.filter(ended_at=None).update(tries=desk.MOST_TRIES)
    assert "wrong digits too often" in look(cast, pool).content.decode()
    begin(cast, pool)
    at_noon.shift(120)
    assert "two minutes of Ada Fictive are over" in look(cast, pool).content.decode()


def test_a_code_shown_before_is_not_taken_for_this_one(cast: Cast):
    pool = make_pool(cast.course, per_student=2)
    grants.reveal(give(pool, cast.student), by=cast.student, now=NOON - desk.GOOD_FOR)
    begin(cast, pool)
    assert look(cast, pool).status_code == 204


@pytest.mark.parametrize("of", ["x", "0", "²", "99999999999999999999999", "-1"])
def test_a_hand_out_that_is_not_there_is_not_found(cast: Cast, pool, of):
    begin(cast, pool)
    assert look(cast, pool, of=of).status_code == 404


def test_the_way_to_the_desk_stands_before_it_is_begun(cast: Cast, pool):
    requests.ask(pool, by=cast.student, now=NOON)  # undecided: the desk can serve it
    assert "At the desk? Type" in client_of(cast.student).get(url("credits", cast.course)).content.decode()
    page = client_of(cast.assistant).get(url("credit_desk", cast.course, pk=pool.pk)).content.decode()
    assert "First let them open Credits" in page


def test_only_those_who_may_have_a_code_can_be_chosen(cast: Cast):
    pool = make_pool(cast.course)
    where = url("credit_desk", cast.course, pk=pool.pk)
    browser = client_of(cast.assistant)
    has_theirs, to_collect = cast.other_student, cast.student
    grants.reveal(give(pool, has_theirs), by=has_theirs, now=NOON)
    ready = give(pool, to_collect)
    page = browser.get(where).content.decode()
    assert f'value="{to_collect.pk}"' in page and f'value="{has_theirs.pk}"' not in page
    answer = browser.post(where, {"student": has_theirs.pk, "channel": "class"})
    assert answer.status_code == 422 and "has all theirs by now" in answer.content.decode()
    grants.reveal(ready, by=to_collect, now=NOON)
    assert f'value="{to_collect.pk}"' not in browser.get(where).content.decode()
