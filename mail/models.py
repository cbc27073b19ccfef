"""Letters on their way, and what each person wants to get."""

from datetime import datetime
from typing import Self

from django.conf import settings
from django.db import models


class MessageQuerySet(models.QuerySet["Message"]):
    def queued(self) -> Self:
        return self.filter(state=Message.State.QUEUED)

    def due(self, now: datetime, real_now: datetime) -> Self:
        """Letters whose turn has come by `now`, and those claimed by a worker that died (by the real clock)."""
        return self.filter(
            models.Q(state=Message.State.QUEUED, send_after=None)
            | models.Q(state=Message.State.QUEUED, send_after__lte=now)
            | models.Q(state=Message.State.SENDING, claimed_until__lte=real_now)
        )

    def parked(self) -> Self:
        """Letters given up after the last try; staff decide."""
        return self.filter(state=Message.State.PARKED)


class Message(models.Model):
    """One letter to one person, written in the transaction of what it tells of, once per (kind, key, recipient).

    `course_slug` is a plain key of a higher room: whom the letter comes from, and whose staff see it.
    """

    class State(models.TextChoices):
        QUEUED = "queued"
        SENDING = "sending"  # claimed by a worker until `claimed_until`
        SENT = "sent"
        DIGEST = "digest"  # waits for the recipient's daily digest
        BUNDLED = "bundled"  # went out inside a digest
        DROPPED = "dropped"  # no longer wanted when its turn came: `last_error` says why
        PARKED = "parked"  # given up after the last try

    recipient = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="letters")
    kind = models.CharField(max_length=40)
    key = models.CharField(max_length=200)  # the thing and the occasion: "assignment:7:move:2"
    course_slug = models.CharField(max_length=80, blank=True, db_index=True)
    thread = models.CharField(max_length=120, blank=True)  # letters about one thing stand together in a mail reader
    sender_name = models.CharField(max_length=200)
    zone = models.CharField(max_length=64)
    subject = models.CharField(max_length=250)
    text = models.TextField()
    html = models.TextField()
    calendar = models.TextField(blank=True)  # an iCalendar part (RFC 5545), for calendars that read mail
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    created_at = models.DateTimeField()
    send_after = models.DateTimeField(null=True, blank=True)  # quiet hours, or the pause after a failure
    expires_at = models.DateTimeField(null=True, blank=True)  # of no use from then on
    claimed_until = models.DateTimeField(null=True, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    last_error = models.CharField(max_length=200, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    digest = models.ForeignKey("self", null=True, blank=True, on_delete=models.SET_NULL, related_name="bundled")

    objects = MessageQuerySet.as_manager()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("kind", "key", "recipient"), name="a_letter_is_written_once"),)
        indexes = (models.Index(fields=("state", "send_after"), name="letters_by_state"),)

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"  # never the recipient: a log line must not name them

    @property
    def message_id(self) -> str:
        """The same at every try, so that a mail server or reader can tell a repeated letter."""
        domain = settings.PORTAL_URL.partition("://")[2].partition(":")[0].partition("/")[0]
        return f"<letter-{self.pk}@{domain}>"


class Preference(models.Model):
    """How one person wants one kind of letter; without a row it comes at once."""

    class Choice(models.TextChoices):
        AT_ONCE = "at_once", "At once"
        DIGEST = "digest", "In one daily letter"
        OFF = "off", "Not at all"

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="mail_preferences")
    kind = models.CharField(max_length=40)
    choice = models.CharField(max_length=10, choices=Choice, default=Choice.AT_ONCE)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("person", "kind"), name="one_preference_a_kind"),)

    def __str__(self) -> str:
        return f"{self.kind}: {self.choice}"
