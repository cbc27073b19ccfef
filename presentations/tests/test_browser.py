"""Presentations in a real Chromium: a swap by two buttons, a review on the phone, the team reads; axe on each page."""

import os
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse
from playwright.sync_api import Browser, Page, expect, sync_playwright

from portal.testing import client_of, enroll, make_cast
from presentations.domain import arranging, duties, feedback, reviews, swaps
from presentations.models import PeerReview, PresentationPlan, Team
from presentations.tests import factories

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 920}


@pytest.fixture(scope="module")
def chromium():
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # sync Playwright leaves a loop running in its thread
    with sync_playwright() as playwright:
        path = os.environ.get("CHROMIUM", "/usr/bin/chromium")
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def cast(transactional_db):
    return make_cast()


def signed_in(chromium: Browser, live_server, person, size=DESK, **settings) -> Page:
    """A browser of this person's own; errors of its console are failures."""
    context = chromium.new_context(viewport=size, **settings)
    if person:
        session = client_of(person).cookies["sessionid"].value
        context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
    page = context.new_page()
    page.on("pageerror", lambda error: pytest.fail(f"{error}"))
    return page


def duty_days(cast, person) -> list[int]:
    found = duties.course_duties(cast.course)
    return [found.owed_by(person, day) for day in found.days]


def test_a_swap_a_review_and_its_feedback_from_browser_to_browser(cast, chromium, live_server):
    with time_machine.travel(factories.BEFORE) as clock:
        team1, team2, _ = factories.released(cast, swaps_need_approval=False)
        asker, other = factories.member(team1), factories.member(team2)
        home = live_server.url + reverse("presentations", args=[cast.course.slug])
        assert duty_days(cast, asker) == [0, 1, 1]

        page = signed_in(chromium, live_server, asker)
        page.goto(home)
        page.get_by_role("link", name="Ask for a swap").click()
        page.get_by_role("button", name="Ask team 2").click()
        expect(page.get_by_role("status").first).to_contain_text("team 2 gets a letter")

        answering = signed_in(chromium, live_server, other)
        answering.goto(home + "swaps/")
        answering.get_by_role("button", name="Yes, change places").click()
        expect(answering.get_by_text("changed places; both teams")).to_be_visible()
        assert duty_days(cast, asker) == [1, 0, 1]

        talk = factories.talk_of(team1)
        start = talk.slots.live().get().meeting.starts_at
        clock.move_to(start + timedelta(minutes=5))
        phone = signed_in(chromium, live_server, cast.student, PHONE)
        phone.goto(home)
        with phone.expect_navigation():  # loaded, so that htmx sees what is typed
            phone.get_by_role("link", name="Review Team 1").click()
        phone.get_by_label("What worked?").fill("The live demo.")
        expect(phone.locator("#saved")).to_contain_text("Draft saved")  # unfinished as it is
        assert PeerReview.objects.get().comments == {"good": "The live demo."}
        for criterion, score in (("Content", "4"), ("Clarity", "5")):
            group = phone.get_by_role("group", name=criterion)
            group.get_by_role("radio", name=score).check(force=True)
        scores = {"content": 4, "clarity": 5}
        tries = 0
        while PeerReview.objects.get().scores != scores and (tries := tries + 1) < 50:
            phone.wait_for_timeout(200)
        assert PeerReview.objects.get().scores == scores
        assert PeerReview.objects.get().submitted_at is None
        phone.get_by_role("button", name="Hand in").click()
        expect(phone.get_by_text("Your review is handed in.")).to_be_visible()

        clock.move_to(start + timedelta(days=3))
        staff = signed_in(chromium, live_server, cast.instructor)
        staff.goto(home + "reviews/")
        staff.get_by_role("link", name="Team 1: Topic 1").click()
        staff.get_by_label("In your own words").fill("The demo was liked.")
        staff.get_by_role("button", name="Give it to the whole team").click()
        expect(staff.get_by_text("reads its feedback now")).to_be_visible()

        page.goto(home)
        page.get_by_role("link", name="Feedback", exact=True).last.click()
        expect(page.get_by_text("The demo was liked.")).to_be_visible()


@pytest.mark.parametrize("with_script", [True, False])
def test_a_file_of_20_mb_is_refused_in_words_with_and_without_script(
    cast, chromium, live_server, tmp_path, with_script
):
    big = tmp_path / "big.pdf"
    big.write_bytes(b"%PDF-1.7\n" + bytes(20 * 1024 * 1024))
    with time_machine.travel(factories.BEFORE) as clock:
        talk = factories.talk_of(factories.released(cast)[0])
        clock.move_to(talk.slots.live().get().meeting.starts_at + timedelta(minutes=5))
        page = signed_in(chromium, live_server, cast.student, PHONE, java_script_enabled=with_script)
        page.goto(live_server.url + reverse("talk_review", args=[cast.course.slug, talk.pk]))
        page.get_by_label("What worked?").fill("Typed on the phone.")
        page.get_by_text("Rather as a file?").click()
        page.get_by_label("Your review as PDF").set_input_files(big)
        if with_script:
            expect(page.locator("#file_said")).to_have_text(
                "The file has 20 MB; at most 10 MB are taken. Nothing was sent."
            )
            assert page.get_by_label("Your review as PDF").input_value() == ""
        else:
            page.get_by_role("button", name="Hand in the PDF").click()
            expect(page.get_by_text("The file has 20 MB; at most 10 MB are taken.")).to_be_visible()
        expect(page.get_by_label("What worked?")).to_have_value("Typed on the phone.")


def test_a_talk_is_arranged_by_keyboard_and_by_dragging(cast, chromium, live_server):
    with time_machine.travel(factories.BEFORE):
        team1, team2, _ = factories.released(cast)
        page = signed_in(chromium, live_server, cast.instructor)
        page.goto(live_server.url + reverse("arrange", args=[cast.course.slug]))
        row = page.locator(f"#talk-{factories.talk_of(team1).pk}")
        row.locator("summary").focus()
        page.keyboard.press("Enter")
        row.get_by_role("button", name="To Mon Apr 15").focus()
        page.keyboard.press("Enter")
        expect(page.get_by_role("link", name="Release: 1 change")).to_be_visible()
        page.locator(f"#talk-{factories.talk_of(team2).pk}").drag_to(page.locator("[data-day='2024-04-17']"))
        expect(page.locator("[data-day='2024-04-17'] li")).to_have_count(2)


# In states that the walk over every page of the portal (portal/tests/browser/) has no rows for.
STUDENT = ("swaps", "talk_review", "course_home")
PRESENTER = ("presentations", "team", "talk_feedback")
INSTRUCTOR = ("arrange", "release", "review_progress", "talk_reviews")
ANYONE = ("public_schedule",)


def test_axe_finds_nothing_during_a_talk_after_it_and_on_paper(cast, chromium, live_server):
    with time_machine.travel(factories.BEFORE) as clock:
        team1, team2, team3 = factories.released(cast, swaps_need_approval=False)
        PresentationPlan.objects.update(is_public=True)
        Team.objects.filter(pk=team3.pk).update(preferred_days=[factories.DAYS[0]])
        swaps.swap_by_staff(cast.course, 1, 2, by=None, now=factories.BEFORE)
        factories.ask_swap(team3, team1)
        arranging.unplace(factories.talk_of(team3))
        start = factories.starts_at(team2)
        clock.move_to(start + timedelta(minutes=9))
        talk = factories.talk_of(team2)
        typed = {"content": "3", "clarity": "3", "good": "Clear.", "better": "Louder."}
        for k in range(3):
            reviews.submit(talk, by=enroll(cast.course, f"Rev R{k}x"), typed=typed, now=start)
        found = look(chromium, live_server, cast, cast.student, STUDENT, team1, talk)
        clock.move_to(start + timedelta(hours=3))
        feedback.release(talk, now=start + timedelta(hours=3), summary="Well done.")
        found += look(chromium, live_server, cast, factories.member(team2), PRESENTER, team2, talk)
        found += look(chromium, live_server, cast, cast.instructor, INSTRUCTOR, team1, talk)
        found += look(chromium, live_server, cast, None, ANYONE, team1, talk)
    assert found == []


def test_axe_finds_nothing_where_one_comes_to_by_typing(cast, chromium, live_server, tmp_path):
    with time_machine.travel(factories.BEFORE) as clock:
        team1, _, team3 = factories.released(cast)
        arranging.unplace(factories.talk_of(team3))
        page, found = signed_in(chromium, live_server, cast.instructor), []
        home = live_server.url + reverse("presentations", args=[cast.course.slug])
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            page.goto(home + "arrange/")
            page.get_by_role("button", name="Place all by their wishes").click()
            expect(page.get_by_role("heading", name="Placed by wishes")).to_be_visible()
            expect(page.get_by_text("Everyone had a place" if scheme == "dark" else "drawn as number")).to_be_visible()
            found += faults(page, f"allocated {scheme}")
            for path, field, words in (
                ("plan", "max_size", "Say both sizes"),
                ("plan/swaps", "team_1", "is no team of this course"),
                ("plan/reviews", "due_time", "Days after the class need a time"),
            ):
                page.goto(home + path)
                page.locator(f"[name={field}]").fill("99" if field == "team_1" else "")
                page.get_by_role("button", name="Save", exact=True).click()
                expect(page.get_by_text(words)).to_be_visible()
                found += faults(page, f"{path} {scheme}")
        clock.move_to(factories.starts_at(team1) + timedelta(minutes=5))
        bad = tmp_path / "a.pdf"
        bad.write_bytes(b"MZ")
        phone = signed_in(chromium, live_server, cast.student, PHONE)
        phone.goto(f"{home}talks/{factories.talk_of(team1).pk}/review")
        phone.get_by_text("Rather as a file?").click()
        phone.get_by_label("Your review as PDF").set_input_files(bad)
        phone.get_by_role("button", name="Hand in the PDF").click()
        expect(phone.get_by_text("This is no PDF, whatever its name says.")).to_be_visible()
        found += faults(phone, "refused PDF")
    assert found == []


def faults(page: Page, where: str, *, is_paper: bool = False) -> list[str]:
    """What axe finds on a page, and whether it is wider than the screen."""
    violations = Axe().run(page).response["violations"]
    wide = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    found = [f"{where}: {violation['id']} {violation['nodes'][0]['html']}" for violation in violations]
    return found + [f"{where}: wider than the screen"] * (wide and not is_paper)


def look(chromium, live_server, cast, who, names, team, talk) -> list[str]:
    """What axe finds on these pages: on a phone in the light, on a desk in the dark, on paper; pictures to PICTURES."""
    found = []
    rows = {"team": [team.pk], "talk_review": [talk.pk], "talk_reviews": [talk.pk], "talk_feedback": [talk.pk]}
    page = signed_in(chromium, live_server, who)
    for name in names:
        answer = page.goto(live_server.url + reverse(name, args=[cast.course.slug, *rows.get(name, [])]))
        found += [f"{name}: {answer.status}"] * (answer.status != 200)
        for size, scheme, media in ((PHONE, "light", "screen"), (DESK, "dark", "screen"), (DESK, "light", "print")):
            page.set_viewport_size(size)
            page.emulate_media(color_scheme=scheme, media=media)
            found += faults(page, f"{name} {scheme} {media} {size['width']}", is_paper=media == "print")
            if folder := os.environ.get("PICTURES"):
                file = f"{name}-{who.role if who else 'anyone'}-{scheme}-{media}-{size['width']}.png"
                page.screenshot(path=str(Path(folder) / file), full_page=True)
    return found
