"""Every kind of letter that the portal sends."""

from django.apps import apps

from mail.domain.kinds import Kind

COSTS = {
    "running_cost": Kind(
        "What forgotten machines cost", "You get this because an assignment of your course starts machines that cost."
    ),
    "guard": Kind(
        "What runs in your AWS account",
        "You get this because you linked an AWS account of yours to the course; you can revoke that at any time.",
        can_wait=False,
        hides_recipients=True,
    ),
}
KINDS = {
    "sign_in_code": Kind(
        "Sign-in codes",
        "You get this because someone asked to sign in with this address.",
        is_fixed=True,
        is_secret=True,
    ),
    "survey_reminder": Kind(
        "Reminders of surveys",
        "You get this because a survey of your course is due and no answer of yours is recorded.",
        can_wait=False,
        hides_recipients=True,
    ),
    "talk_moved": Kind(
        "Your talk in the schedule",
        "You get this because the place of your talk has changed.",
        must_know=True,
        hurries=True,
    ),
    "team_invitation": Kind("Invitations to a team", "You get this because someone keeps a seat for you in a team."),
    "feedback_released": Kind("Feedback on your talk", "You get this because your team gave a talk."),
    "talk_reminder": Kind("Reminders of your talk", "You get this because your talk is near.", can_wait=False),
    "review_reminder": Kind(
        "Reminders of peer reviews", "You get this because you owe reviews of your classmates' talks.", can_wait=False
    ),
    "review_file_refused": Kind(
        "Reviews as files that were not taken",
        "You get this because you handed in a review as a file.",
        must_know=True,
        can_wait=False,
        hides_recipients=True,
    ),
    "swap": Kind("Swaps of talks", "You get this because your team is part of a swap.", can_wait=False),
    "swap_to_approve": Kind(
        "Swaps to approve", "You get this because you are on the staff of the course.", can_wait=False
    ),
    "due_date_moved": Kind("Moved due dates", "You get this because a due date of your course moved.", must_know=True),
    "announcement": Kind("Announcements", "You get this because you are in the course."),
    "appointment": Kind(
        "Your appointments",
        "You get this because it is your appointment, or your office hours.",
        must_know=True,
        hurries=True,
    ),
    "appointment_offer": Kind(
        "Offers of a freed slot",
        "You get this because you wait for a slot of these office hours.",
        must_know=True,
        can_wait=False,
    ),
    "appointment_reminder": Kind(
        "Reminders of appointments", "You get this because you booked this appointment.", can_wait=False
    ),
    "credit": Kind("Your credit codes", "You get this because you asked for a credit code.", must_know=True),
    "credit_expiry": Kind("Credits that expire", "You get this because you hold a credit code."),
    "credit_stock": Kind("Stock of credit codes", "You get this because you are on the staff of the course."),
    "credit_log": Kind(
        "The log of credit codes",
        "You get this because you are on the staff of the course; keep it, it proves the log.",
        must_know=True,
    ),
    **(COSTS if apps.is_installed("cloudguard") else {}),
    "queue_near": Kind(
        "Your turn is near", "You get this because you hold a place in the queue of office hours.", can_wait=False
    ),
    "digest": Kind("The daily letter", "You get this because you chose one letter a day.", is_fixed=True),
}
