"""Forms of the drop-in queue."""

from django import forms


class JoinForm(forms.Form):
    """What one comes for."""

    topic = forms.CharField(
        max_length=300, label="What about", error_messages={"required": "Say in a word what it is about."}
    )
    team = forms.IntegerField(
        required=False, min_value=0, max_value=30000, label="Team number", help_text="If you come as a team."
    )


class LateForm(forms.Form):
    """How late the host is running."""

    minutes = forms.IntegerField(min_value=0, max_value=240, label="Running late, minutes")


class NoteForm(forms.Form):
    """A note to oneself."""

    note = forms.CharField(max_length=300, required=False)
