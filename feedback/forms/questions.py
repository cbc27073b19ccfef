"""A student's question as staff word, answer and publish it."""

from typing import Any

from django import forms

from courses.models import ClassMeeting
from feedback.domain import student_questions
from feedback.models import StudentQuestion


class ReplyForm(forms.ModelForm):
    """The wording, the answer and the class in which it is given; `version` is the one that was read."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    meeting = forms.ModelChoiceField(queryset=ClassMeeting.objects.none(), label="Answered in class", required=False)

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

    def __init__(self, typed: Any, *, instance: StudentQuestion) -> None:
        meeting = instance.published_in or student_questions.default_meeting(instance)
        super().__init__(typed, instance=instance, initial={"version": instance.version, "meeting": meeting})
        field = self.fields["meeting"]
        field.queryset = instance.course.meetings.held().filter(  # type: ignore[attr-defined]
            starts_at__gte=instance.survey.meeting.starts_at
        )
        field.label_from_instance = lambda meeting: f"{meeting.label}, {meeting.date:%a %b} {meeting.date.day}"  # type: ignore[attr-defined]


class MergeForm(forms.Form):
    into = forms.ModelChoiceField(queryset=StudentQuestion.objects.none(), label="The same as")

    def __init__(self, question: StudentQuestion, typed: Any = None) -> None:
        super().__init__(typed)
        others = question.course.student_questions.to_answer().exclude(pk=question.pk)
        field = self.fields["into"]
        field.queryset = others.newest_first()  # type: ignore[attr-defined]
        field.label_from_instance = lambda other: other.wording[:90]  # type: ignore[attr-defined]


class AddQuestionForm(forms.Form):
    wording = forms.CharField(label="Question", max_length=2_000, widget=forms.Textarea(attrs={"rows": 2}))
