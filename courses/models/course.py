from zoneinfo import ZoneInfo

from django.core.validators import RegexValidator
from django.db import models


class Course(models.Model):
    class Accent(models.TextChoices):
        """The eight tested palettes (static/css/tokens.css)."""

        PURPLE = "purple"
        BLUE = "blue"
        TEAL = "teal"
        GREEN = "green"
        OCHRE = "ochre"
        RUST = "rust"
        CRIMSON = "crimson"
        SLATE = "slate"

    slug = models.CharField(
        max_length=80,
        unique=True,
        validators=[RegexValidator(r"^[a-z0-9]+(-[a-z0-9]+)*$", "Small letters, digits and dashes.")],
    )
    code = models.CharField(max_length=60)
    title = models.CharField(max_length=200)
    term = models.CharField(max_length=60, blank=True)
    school = models.CharField(max_length=200, blank=True)
    institution = models.CharField(max_length=200, blank=True)
    timezone = models.CharField(max_length=64)
    starts_on = models.DateField()
    ends_on = models.DateField()
    login_email_domain = models.CharField(max_length=200, blank=True)
    accent = models.CharField(max_length=10, choices=Accent, default=Accent.PURPLE)
    first_number = models.PositiveSmallIntegerField(default=1)  # of the first lecture; 0 is allowed
    meetings_first_on = models.DateField()
    meetings_last_on = models.DateField()
    office_hours_note = models.TextField(blank=True)  # how else to reach the staff, beside the hours
    is_being_made = models.BooleanField(default=False, editable=False)  # within the transaction of its course file
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-starts_on", "code")
        constraints = (
            models.CheckConstraint(
                condition=models.Q(ends_on__gte=models.F("starts_on")), name="course_ends_after_it_starts"
            ),
        )

    def __str__(self) -> str:
        return f"{self.code} {self.term}".strip()

    @property
    def zone(self) -> ZoneInfo:
        """The course's time zone: every wall-clock time of the course is in it."""
        return ZoneInfo(self.timezone)


class Section(models.Model):
    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="sections")
    code = models.CharField(max_length=60)
    position = models.PositiveSmallIntegerField()  # order in the course file
    roster_file = models.CharField(max_length=200, blank=True)  # the file that its roster came in

    class Meta:
        ordering = ("course", "position")
        constraints = (models.UniqueConstraint(fields=("course", "code"), name="one_section_a_code"),)

    def __str__(self) -> str:
        return self.code
