"""The form of an announcement."""

from django import forms

from courses.models import Announcement


class AnnouncementForm(forms.ModelForm):
    """News in Markdown."""

    class Meta:
        model = Announcement
        fields = ("title", "text")
        widgets = {"text": forms.Textarea(attrs={"rows": 10})}
        help_texts = {"text": "Markdown: **bold**, lists with “- ”, links as [words](https://…)."}
