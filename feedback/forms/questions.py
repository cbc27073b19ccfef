"""A student's question as staff word, answer and publish it."""

from typing import Any

from django import forms

from courses.models import ClassMeeting
from feedback.domain import student_questions
from feedback.models import StudentQuestion


class ReplyForm(forms.ModelForm):
    """The wording and the answer; `version` is the one that was read."""

    version = forms.IntegerField(widget=forms.HiddenInput)

    class Meta:
        model = StudentQuestion
        fields = ("wording", "reply", "follow_up", "follow_up_reply", "version")
        labels = {"wording": "Question as shown", "reply": "Answer", "follow_up_reply": "Its answer"}
        help_texts = {"reply": "Markdown: lists, **bold**, `code`, links."}
        widgets = {
            "wording": forms.Textarea(attrs={"rows": 2}),
            "reply": forms.Textarea(attrs={"rows": 8, "class": "tall"}),
            "follow_up": forms.Textarea(attrs={"rows": 2}),
            "follow_up_reply": forms.Textarea(attrs={"rows": 4}),
        }


class PublishForm(forms.Form):
    """The class in which the question is answered."""

    meeting = forms.ModelChoiceField(queryset=ClassMeeting.objects.none(), label="Answered in class")

    def __init__(self, question: StudentQuestion, typed: Any = None) -> None:
        initial = question.published_in or student_questions.default_meeting(question)
        super().__init__(typed, initial={"meeting": initial})
        field = self.fields["meeting"]
        field.queryset = question.course.meetings.held()  # type: ignore[attr-defined]
        field.label_from_instance = lambda held: f"{held.label}, {held.date:%a %b} {held.date.day}"  # type: ignore[attr-defined]


class MergeForm(forms.Form):
    """The question into which this one is merged."""

    into = forms.ModelChoiceField(queryset=StudentQuestion.objects.none(), label="The same as")

    def __init__(self, question: StudentQuestion, typed: Any = None) -> None:
        super().__init__(typed)
        others = question.course.student_questions.to_answer().exclude(pk=question.pk)
        field = self.fields["into"]
        field.queryset = others.newest_first()  # type: ignore[attr-defined]
        field.label_from_instance = lambda other: other.wording[:90]  # type: ignore[attr-defined]


class AskForm(forms.Form):
    """A question heard in class, or asked by staff themselves."""

    wording = forms.CharField(label="Question", max_length=2_000, widget=forms.Textarea(attrs={"rows": 2}))
