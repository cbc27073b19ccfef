from decimal import Decimal
from typing import Self

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from courses.models import Course, Enrollment, Role


class ResourceKind(models.TextChoices):
    """What the guard looks for, in the order of its letter."""

    INSTANCE = "instance", "EC2 instance"
    DATABASE = "database", "RDS database"
    ENDPOINT = "endpoint", "SageMaker endpoint"
    NOTEBOOK = "notebook", "SageMaker notebook"
    VOLUME = "volume", "EBS volume"
    ADDRESS = "address", "Elastic IP address"


class AccountLinkQuerySet(models.QuerySet["AccountLink"]):
    def alive(self) -> Self:
        return self.filter(enrollment__dropped_at=None, enrollment__role=Role.STUDENT)

    def linked(self) -> Self:
        return self.alive().filter(state=AccountLink.State.LINKED)


class AccountLink(models.Model):
    """A student lets the portal look into an AWS account of theirs. Revoking deletes the row and all that hangs on it.

    A sweep is on the way while `sweeping_on` names its night and `regions_left` is not empty.
    """

    class State(models.TextChoices):
        STARTED = "started", "begun"
        LINKED = "linked", "linked"
        GONE = "gone", "refused by AWS"
        OPEN = "open", "open to others"

    enrollment = models.OneToOneField(Enrollment, on_delete=models.CASCADE, related_name="account_link")
    external_id = models.CharField(max_length=64, unique=True)  # made by us, for this link alone
    role_arn = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=8, choices=State, default=State.STARTED)
    consented_at = models.DateTimeField()
    linked_at = models.DateTimeField(null=True, blank=True)
    snoozed_until = models.DateField(null=True, blank=True)  # no letter up to and with that day
    swept_on = models.DateField(null=True, blank=True)  # the newest night whose sweep is done, course time
    swept_at = models.DateTimeField(null=True, blank=True)
    sweeping_on = models.DateField(null=True, blank=True)
    regions = models.JSONField(default=list, blank=True)  # of that sweep
    regions_left = models.JSONField(default=list, blank=True)
    blind_spots = models.JSONField(default=list, blank=True)  # {region, what, why}: where it could not look
    busy_until = models.DateTimeField(null=True, blank=True)  # claimed by a worker, or resting after a failure

    objects = AccountLinkQuerySet.as_manager()

    class Meta:
        constraints = (
            # AWS knows role names whatever their case.
            models.UniqueConstraint(Lower("role_arn"), condition=~Q(role_arn=""), name="one_link_a_role"),
        )

    @property
    def account(self) -> str:
        return self.role_arn.split(":")[4] if self.role_arn else ""


class Finding(models.Model):
    """One thing that runs, or lies there and costs, as the newest sweep saw it."""

    link = models.ForeignKey(AccountLink, on_delete=models.CASCADE, related_name="findings")
    kind = models.CharField(max_length=10, choices=ResourceKind)
    region = models.CharField(max_length=40)
    resource_id = models.CharField(max_length=200)
    size = models.CharField(max_length=120, blank=True)  # what a price is found by: "c5d.large spot", "gp3"
    amount = models.DecimalField(max_digits=12, decimal_places=2, default=Decimal(1))  # machines, or GB
    is_idle = models.BooleanField(default=False)  # attached to nothing
    since = models.DateTimeField(null=True, blank=True)  # as AWS says it; it does not say it of an address
    first_seen_at = models.DateTimeField()
    seen_on = models.DateField()  # the newest night that saw it
    snoozed_until = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ("link", "pk")
        constraints = (
            models.UniqueConstraint(fields=("link", "kind", "region", "resource_id"), name="one_finding_a_thing"),
        )


class RunningPrice(models.Model):
    """What one kind and size costs, and on which day that was so: USD an hour, of a volume USD a GB and month."""

    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="running_prices")
    kind = models.CharField(max_length=10, choices=ResourceKind)
    size = models.CharField(max_length=120, blank=True)
    region = models.CharField(max_length=40, blank=True)  # none: wherever no other price is given
    usd = models.DecimalField("USD", max_digits=13, decimal_places=6)
    priced_on = models.DateField("As of")

    class Meta:
        ordering = ("course", "kind", "size", "region")
        constraints = (models.UniqueConstraint("course", "kind", Lower("size"), "region", name="one_price_a_thing"),)

    def __str__(self) -> str:
        return " ".join(filter(None, [self.get_kind_display(), self.size, self.region]))

    @property
    def amount(self) -> str:
        return f"{self.usd.normalize():f}"

    @property
    def is_by_month(self) -> bool:
        return self.kind == ResourceKind.VOLUME


class CostReminder(models.Model):
    """A sentence about something that costs by the hour, and the assignments that start it."""

    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="cost_reminders")
    position = models.PositiveSmallIntegerField(default=0)
    text = models.CharField(max_length=500)
    instance = models.CharField("What runs", max_length=120, blank=True)
    usd_per_hour = models.DecimalField("USD an hour", max_digits=13, decimal_places=6, null=True, blank=True)
    priced_on = models.DateField("Price of", null=True, blank=True)
    assignments = models.JSONField(default=list, blank=True)  # their names

    class Meta:
        ordering = ("course", "position", "pk")
        constraints = (models.UniqueConstraint(fields=("course", "text"), name="one_cost_reminder_a_text"),)

    def __str__(self) -> str:
        return self.text
