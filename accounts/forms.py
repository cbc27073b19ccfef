"""The two forms of signing in: an address, then the code that was sent to it."""

from typing import Any

from allauth.account.forms import ConfirmLoginCodeForm, RequestLoginCodeForm
from allauth.core import context, ratelimit
from django import forms

from accounts.domain import sign_in

TOO_MANY = (
    "Too many codes were asked for: the limit is 5 for one address, and 1,000 for one network, in 10 minutes. "
    "Your address is kept here. Use the newest code you got, or wait a few minutes and ask again."
)
WRONG = "This is not the code of the newest letter. Compare the digits and type them again."


class AddressForm(RequestLoginCodeForm):
    """Where to send a code; a known and an unknown address pass alike."""

    email = forms.EmailField(
        label="Your e-mail address",
        max_length=254,
        help_text="The one your course knows, often the university's.",
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        error_messages={
            "required": "Type the e-mail address that your course knows.",
            "invalid": "This is not a whole e-mail address; it looks like name@university.edu.",
        },
    )

    def clean_email(self) -> str:
        """The address in lower case; refused when too many codes were asked for.

        Only the address on the roster counts: allauth's own table of addresses may hold an older one.
        """
        email = self.cleaned_data["email"].strip().lower()
        if not ratelimit.consume(context.request, action="request_login_code", key=email):
            raise forms.ValidationError(TOO_MANY, code="too_many")
        self._user = sign_in.who_signs_in(email)
        return email


class CodeForm(ConfirmLoginCodeForm):
    """The code, in digits; spaces and dashes do not matter."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        code = self.fields["code"]
        code.label = "Code from the letter"
        code.max_length = 40
        code.error_messages["required"] = "Type the code from the letter."
        code.widget.attrs = {"autocomplete": "one-time-code", "inputmode": "numeric", "autofocus": True}

    def clean_code(self) -> str:
        """The code, if it is the one that was sent."""
        try:
            return str(super().clean_code())
        except forms.ValidationError as wrong:
            raise forms.ValidationError(WRONG, code="wrong") from wrong


class ConfirmForm(forms.Form):
    """The code again, from someone who is signed in."""

    code = forms.CharField(
        label="Code from the letter",
        max_length=40,
        error_messages={"required": "Type the code from the letter."},
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "autofocus": True}),
    )
