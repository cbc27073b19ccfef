"""The instructor's rules: kinds of talks and who presents, what a review asks, who may swap."""

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator

from accounts.errors import DomainError
from courses.domain import calendar
from courses.models import Section
from presentations.models import PresentationPlan, ReviewPlan, ReviewRule, Team
from questionnaires.forms import QuestionFormBase
from questionnaires.questions import counted_kinds

MOST = 50  # people in a team, kinds, criteria and comments: as many as a course file may hold


class PlanForm(forms.ModelForm):
    presenting = forms.MultipleChoiceField(
        label="Sections that present",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one section whose students present."},
    )
    sign_up_until = forms.DateTimeField(
        label="Students form teams until",
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )

    class Meta:
        model = PresentationPlan
        fields = ("min_size", "max_size", "minutes", "sign_up_until", "suggested_papers_url", "is_public")
        labels = {
            "min_size": "People in a team, at least",
            "max_size": "People in a team, at most",
            "minutes": "Minutes of a talk",
            "suggested_papers_url": "Suggested papers",
            "is_public": "Anyone may read the schedule, without names of students",
        }
        help_texts = {"minutes": "Where neither its kind nor its place says otherwise."}

    def __init__(self, typed: Any = None, *, instance: PresentationPlan) -> None:
        super().__init__(typed, instance=instance)
        codes = [section.code for section in instance.course.sections.all()]
        self.fields["presenting"].required = bool(codes)
        self.fields["presenting"].choices = [(code, code) for code in codes]  # type: ignore[attr-defined]
        self.initial["presenting"] = codes if instance.presenting_sections is None else instance.presenting_sections
        for name, most in (("min_size", MOST), ("max_size", MOST), ("minutes", 600)):
            self.fields[name].validators.append(MaxValueValidator(most))
            self.fields[name].min_value = 1  # type: ignore[attr-defined]
        if instance.sign_up_until:
            self.initial["sign_up_until"] = calendar.local_time(instance.course, instance.sign_up_until)

    def clean_sign_up_until(self) -> Any:
        """The instant; it was typed in the course's zone."""
        typed = self.cleaned_data["sign_up_until"]
        try:
            return calendar.instant_of(self.instance.course, typed.replace(tzinfo=None)) if typed else None
        except DomainError as error:
            raise ValidationError(error.message) from error

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        least, most = cleaned.get("min_size"), cleaned.get("max_size")
        for name in ("min_size", "minutes"):
            if cleaned.get(name) == 0:
                self.add_error(name, "At least 1.")
        if (least is None) != (most is None) and not {"min_size", "max_size"} & self.errors.keys():
            self.add_error("max_size", "Say both sizes, or neither.")
        if least and most and least > most:
            self.add_error("max_size", f"At least {least} and at most {most} people cannot be; change one of the two.")
        return cleaned


class KindForm(forms.Form):
    key = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput)
    label = forms.CharField(label="Name", max_length=200)
    minutes = forms.IntegerField(label="Minutes of such a talk", required=False, min_value=1, max_value=600)

    def entry(self) -> dict[str, Any]:
        """The kind in the course file's shape."""
        return {name: value for name, value in _own(self).items() if value not in (None, "")}


class ReviewPlanForm(forms.Form):
    due_days = forms.IntegerField(label="Due, days after the class", required=False, min_value=0, max_value=60)
    due_time = forms.TimeField(
        label="Due at",
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        help_text="In the course’s time zone; the whole minute is on time. Without a time: until the course ends.",
    )

    def __init__(self, plan: ReviewPlan, typed: Any = None) -> None:
        super().__init__(typed, initial={"due_days": plan.due_days, "due_time": plan.due_time})

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("due_days") is not None and cleaned.get("due_time") is None and "due_time" not in self.errors:
            self.add_error("due_time", "Days after the class need a time; without both, reviews are due at the end.")
        if cleaned.get("due_time"):
            cleaned["due_time"] = cleaned["due_time"].replace(second=0, microsecond=0)
        return cleaned


class CriterionForm(QuestionFormBase):
    kinds = counted_kinds()
    key = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput)
    label = forms.CharField(label="Criterion", max_length=200)
    field_order = ("key", "label", "kind")

    def __init__(self, *args: Any, **how: Any) -> None:
        super().__init__(*args, **how)
        self.fields["max"].initial = 5

    def entry(self) -> dict[str, Any]:
        """The criterion in the course file's shape."""
        return {**_own(self), **self.said_options()}


class CommentForm(forms.Form):
    key = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput)
    prompt = forms.CharField(label="Asks", max_length=300)
    required = forms.BooleanField(label="Must be answered", required=False)

    def entry(self) -> dict[str, Any]:
        """The comment in the course file's shape."""
        own = _own(self)
        return own if own["required"] else {name: value for name, value in own.items() if name != "required"}


def _own(form: forms.Form) -> dict[str, Any]:
    return {name: form.cleaned_data[name] for name in form.base_fields}


class RuleForm(forms.Form):
    required_per_day = forms.IntegerField(label="Reviews owed each day", min_value=0, max_value=100)
    extra_reviews = forms.CharField(
        label="Further reviews are", required=False, max_length=60, help_text="Such as: extra credit."
    )
    is_exempt_on_own_day = forms.BooleanField(label="None on the day of one’s own talk", required=False)

    def __init__(self, section: Section, rule: ReviewRule | None, typed: Any = None) -> None:
        names = ("required_per_day", "extra_reviews", "is_exempt_on_own_day")
        known = {name: getattr(rule, name) for name in names} if rule else {"required_per_day": 0}
        super().__init__(typed, initial=known, prefix=f"section-{section.pk}")
        self.section = section


class SwapPolicyForm(forms.Form):
    swaps_need_approval = forms.BooleanField(label="A swap on which two teams agree waits for staff", required=False)
    swaps_until_hours = forms.IntegerField(
        label="Hours before the earlier talk until which teams may swap", min_value=0, max_value=8_760
    )

    def __init__(self, plan: PresentationPlan, named: list[tuple[Team, list[int]]], typed: Any = None) -> None:
        fields = ("swaps_need_approval", "swaps_until_hours")
        super().__init__(typed, initial={name: getattr(plan, name) for name in fields})
        self.numbers = [team.number for team, _ in named]
        for team, others in named:
            label = f"{team} may swap with" + (f" ({team.title})" if team.title else "")
            self.fields[f"team_{team.number}"] = forms.CharField(
                label=label, required=False, max_length=2_000, initial=", ".join(map(str, others))
            )

    @property
    def teams(self) -> list[Any]:
        return [self[f"team_{number}"] for number in self.numbers]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for number in self.numbers:
            name = f"team_{number}"
            if name in cleaned:
                cleaned[name] = self._numbers(number, cleaned[name])
        return cleaned

    def _numbers(self, own: int, typed: str) -> list[int]:
        if typed.strip().casefold() == "all":
            return [number for number in self.numbers if number != own]
        numbers = []
        for word in filter(None, re.split(r"[\s,;]+|\band\b", typed)):
            if not word.isascii() or not word.isdecimal() or int(word[:6]) not in self.numbers:
                self.add_error(
                    f"team_{own}", f"“{word}” is no team of this course. Write numbers like 6, 7, 8, or all."
                )
            elif int(word) == own:
                self.add_error(f"team_{own}", f"Team {own} cannot swap with itself.")
            else:
                numbers.append(int(word))
        return numbers

    @property
    def wanted(self) -> dict[int, list[int]]:
        return {number: self.cleaned_data[f"team_{number}"] for number in self.numbers}


def _forms(form: type[forms.Form]) -> Any:
    return forms.formset_factory(form, extra=1, can_delete=True, can_delete_extra=False, can_order=True, max_num=MOST)


KindForms, CriterionForms, CommentForms = _forms(KindForm), _forms(CriterionForm), _forms(CommentForm)


def entries_of(formset: Any) -> list[dict[str, Any]]:
    """The entries of a list, in order, in the course file's shape; a form that nobody filled is none."""
    return [form.entry() for form in formset.ordered_forms if form.has_changed() or form.initial]


def section_forms(plan: ReviewPlan, typed: Any = None) -> list[RuleForm]:
    rules = {rule.section_id: rule for rule in ReviewRule.objects.filter(section__course=plan.course)}
    return [RuleForm(section, rules.get(section.pk), typed) for section in plan.course.sections.all()]
