from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile

from accounts.errors import DomainError
from courses.domain import gradebook


class RosterForm(forms.Form):
    file = forms.FileField(
        label="Roster file",
        help_text="Canvas: Grades, Export, Export Entire Gradebook. CSV, one section or several.",
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": ".csv,text/csv"}),
        error_messages={"required": "Choose the CSV file first."},
    )

    def clean_file(self) -> UploadedFile:
        file: UploadedFile = self.cleaned_data["file"]
        try:
            gradebook.check_size(file.size or 0)
        except DomainError as error:
            raise ValidationError(error.message) from error
        return file
