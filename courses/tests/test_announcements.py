from datetime import UTC, datetime, timedelta

import pytest

from accounts.errors import DomainError
from courses.domain import announcements, publishing
from courses.models import Announcement
from mail.models import Message

NOW = datetime(2024, 4, 9, 19, tzinfo=UTC)


@pytest.fixture
def draft(cast) -> Announcement:
    text = "Bring **laptops**.\n\n- a\n  - b\n\n<script>alert(1)</script> [room](/c/cs101-s24/classes/)"
    return announcements.write_announcement(
        cast.course, title="Lab & room", text=text, by=cast.instructor.user, now=NOW
    )


def forbid_laptops(*texts: str) -> None:
    if any("laptops" in text for text in texts):
        raise publishing.TextRefusedError("It holds what must not be told. Nothing was posted; take it out.")


def test_posting_mails_everyone_once_however_often_it_is_asked(draft):
    stale = Announcement.objects.get(pk=draft.pk)
    assert announcements.post_announcement(draft, now=NOW) == 4
    assert announcements.post_announcement(draft, now=NOW) == 0
    assert announcements.post_announcement(stale, now=NOW + timedelta(hours=1)) == 0
    assert Message.objects.filter(kind="announcement").count() == 4
    assert Announcement.objects.get().posted_at == NOW


def test_the_letter_is_markdown_as_text_and_safe_html(draft):
    announcements.post_announcement(draft, now=NOW)
    letter = Message.objects.first()
    assert letter.subject == "CS 101/501: Lab & room"
    assert "Bring laptops." in letter.text
    assert "<strong>laptops</strong>" in letter.html
    assert "<script" not in letter.html
    assert "/c/cs101-s24/classes/" in letter.html
    assert 'href="/c/' not in letter.html


def test_a_text_that_a_higher_room_stops_is_neither_posted_nor_mailed(draft, monkeypatch):
    monkeypatch.setattr(publishing.checks, "answers", (forbid_laptops,))
    with pytest.raises(publishing.TextRefusedError, match="must not be told"):
        announcements.post_announcement(draft, now=NOW)
    assert Announcement.objects.get().posted_at is None
    assert not Message.objects.exists()


def test_the_title_is_checked_too_and_a_draft_as_well(draft, monkeypatch):
    monkeypatch.setattr(publishing.checks, "answers", (forbid_laptops,))
    with pytest.raises(publishing.TextRefusedError):
        announcements.edit_announcement(draft, title="laptops", text="x", now=NOW)
    with pytest.raises(publishing.TextRefusedError):
        announcements.write_announcement(draft.course, title="laptops", text="x", by=draft.author, now=NOW)


def test_a_posted_text_cannot_be_edited_into_what_must_not_be_told(draft, monkeypatch):
    announcements.edit_announcement(draft, title="t", text="fine", now=NOW)
    announcements.post_announcement(draft, now=NOW)
    monkeypatch.setattr(publishing.checks, "answers", (forbid_laptops,))
    with pytest.raises(publishing.TextRefusedError):
        announcements.edit_announcement(draft, title="t", text="laptops", now=NOW)
    assert Announcement.objects.get().text == "fine"


def test_editing_what_is_posted_marks_it_and_mails_nobody(draft):
    announcements.post_announcement(draft, now=NOW)
    later = NOW + timedelta(hours=1)
    announcements.edit_announcement(draft, title="Lab", text="Room 2", now=later)
    assert Announcement.objects.get().edited_at == later
    assert Message.objects.count() == 4


def test_editing_a_draft_or_saving_it_unchanged_marks_nothing(draft):
    announcements.edit_announcement(draft, title="Lab", text="Room 2", now=NOW)
    announcements.post_announcement(draft, now=NOW)
    announcements.edit_announcement(draft, title="Lab", text="Room 2", now=NOW)
    assert Announcement.objects.get().edited_at is None


def test_only_a_draft_can_be_deleted(draft):
    announcements.post_announcement(draft, now=NOW)
    with pytest.raises(DomainError, match="stays"):
        announcements.delete_draft(draft)
    assert Announcement.objects.exists()
