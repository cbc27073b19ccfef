"""Every kind of letter that the portal sends."""

from mail.domain.kinds import Kind

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
    "due_date_moved": Kind("Moved due dates", "You get this because a due date of your course moved.", must_know=True),
    "announcement": Kind("Announcements", "You get this because you are in the course."),
    "digest": Kind("The daily letter", "You get this because you chose one letter a day.", is_fixed=True),
}
