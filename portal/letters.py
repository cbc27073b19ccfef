"""Every kind of letter that the portal sends."""

from django.apps import apps

from mail.domain.kinds import LetterKind

COSTS = {
    "running_cost": LetterKind(
        "What forgotten machines cost", "You get this because an assignment of your course starts machines that cost."
    ),
    "guard": LetterKind(
        "What runs in your AWS account",
        "You get this because you linked an AWS account of yours to the course; you can revoke that at any time.",
        can_wait=False,
        hides_recipients=True,
    ),
}
KINDS = {
    "sign_in_code": LetterKind(
        "Sign-in codes",
        "You get this because someone asked to sign in with this address.",
        is_fixed=True,
        is_secret=True,
    ),
    "survey_reminder": LetterKind(
        "Reminders of surveys",
        "You get this because a survey of your course is due and no answer of yours is recorded.",
        can_wait=False,
        hides_recipients=True,
    ),
    "talk_moved": LetterKind(
        "Your talk in the schedule",
        "You get this because the place of your talk has changed.",
        must_know=True,
        hurries=True,
    ),
    "team_invitation": LetterKind(
        "Invitations to a team", "You get this because someone keeps a seat for you in a team."
    ),
    "feedback_released": LetterKind("Feedback on your talk", "You get this because your team gave a talk."),
    "talk_reminder": LetterKind("Reminders of your talk", "You get this because your talk is near.", can_wait=False),
    "review_reminder": LetterKind(
        "Reminders of peer reviews", "You get this because you owe reviews of your classmates' talks.", can_wait=False
    ),
    "review_file_refused": LetterKind(
        "Reviews as files that were not taken",
        "You get this because you handed in a review as a file.",
        must_know=True,
        can_wait=False,
        hides_recipients=True,
    ),
    "swap": LetterKind("Swaps of talks", "You get this because your team is part of a swap.", can_wait=False),
    "swap_to_approve": LetterKind(
        "Swaps to approve", "You get this because you are on the staff of the course.", can_wait=False
    ),
    "due_date_moved": LetterKind(
        "Moved due dates", "You get this because a due date of your course moved.", must_know=True
    ),
    "announcement": LetterKind("Announcements", "You get this because you are in the course."),
    "appointment": LetterKind(
        "Your appointments",
        "You get this because it is your appointment, or your office hours.",
        must_know=True,
        hurries=True,
    ),
    "appointment_offer": LetterKind(
        "Offers of a freed slot",
        "You get this because you wait for a slot of these office hours.",
        must_know=True,
        can_wait=False,
    ),
    "appointment_reminder": LetterKind(
        "Reminders of appointments", "You get this because you booked this appointment.", can_wait=False
    ),
    "credit": LetterKind("Your credit codes", "You get this because you asked for a credit code.", must_know=True),
    "credit_expiry": LetterKind("Credits that expire", "You get this because you hold a credit code."),
    "credit_stock": LetterKind("Stock of credit codes", "You get this because you are on the staff of the course."),
    "credit_log": LetterKind(
        "The log of credit codes",
        "You get this because you are on the staff of the course; keep it, it proves the log.",
        must_know=True,
    ),
    **(COSTS if apps.is_installed("cloudguard") else {}),
    "queue_near": LetterKind(
        "Your turn is near", "You get this because you hold a place in the queue of office hours.", can_wait=False
    ),
    "digest": LetterKind("The daily letter", "You get this because you chose one letter a day.", is_fixed=True),
}
