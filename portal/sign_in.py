"""How people sign in: by a code sent to the address on the roster, as a letter of the post office."""

import secrets
from datetime import timedelta
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from accounts.domain import sign_in
from accounts.models import User
from mail.domain import outbox

PORTAL = "Course portal"


class RosterAdapter(DefaultAccountAdapter):
    """People come from rosters and staff lists: nobody signs up by themselves."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Never: a person exists when a course names them."""
        return False

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Post allauth's one letter, the code; no other of its letters is ever sent."""
        person = sign_in.who_signs_in(email)
        if template_prefix == "account/email/login_code" and person:
            post_code(person, context["code"])

    def write_to_nobody(self, *, is_letter: bool) -> None:
        """Do for an unknown address what is done for a known one, and keep nothing: both take as long.

        For a known address only somebody who is nobody is made: their letter would be one more than is written.
        """
        with transaction.atomic():
            nobody = User.objects.create_user(f"{secrets.token_hex(16)}@nobody.invalid")
            if is_letter and sign_in.who_signs_in(nobody.email):
                post_code(nobody, self.generate_login_code())
            transaction.set_rollback(True)

    def add_message(self, request: HttpRequest, level: int, *args: Any, message: str = "", **kwargs: Any) -> None:
        """Pass on sentences, not allauth's own notices: its pages here say what they have to say."""
        if message:
            messages.add_message(request, level, message)

    def respond_user_inactive(self, request: HttpRequest, user: User) -> HttpResponse:
        """An account that was closed while its code was on the way."""
        messages.error(request, "This account is closed. Ask your instructor if that is a mistake.")
        return redirect("account_login")


def post_code(person: User, code: str) -> None:
    """Post a sign-in code, from the person's course if they are in just one."""
    courses = [enrollment.course for enrollment in person.enrollments.active().select_related("course")]
    course = courses[0] if len(courses) == 1 else None
    now = timezone.now()
    outbox.post(
        "sign_in_code",
        to=person,
        key=secrets.token_hex(8),  # each code is a letter of its own
        kind="sign_in_code",
        sender_name=course.code if course else PORTAL,
        zone=course.timezone if course else settings.TIME_ZONE,
        now=now,
        expires_at=now + timedelta(seconds=settings.SIGN_IN_CODE_SECONDS),
        code=code,
    )
