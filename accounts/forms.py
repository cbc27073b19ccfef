"""The two forms of signing in: an address, then the code that was sent to it."""

from typing import Any

from allauth.account.forms import ConfirmLoginCodeForm, RequestLoginCodeForm
from allauth.core import context, ratelimit
from allauth.core.internal.ratelimit import get_ip
from django import forms

from accounts.domain import sign_in

TOO_MANY = (
    "Too many codes were asked for: in 10 minutes, the limit is 5 for one address from here, "
    "30 for it from everywhere, and 1,000 for one network. "
    "Your address is kept here. Use the newest code you got, or wait a few minutes and ask again."
)
TOO_MANY_AGAIN = "You asked for 5 codes in 10 minutes. Use the newest one, or wait a few minutes and ask again."
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
        here = f"{email} {get_ip(context.request)}"
        if not (
            ratelimit.consume(context.request, action="request_login_code_here", key=here)
            and ratelimit.consume(context.request, action="request_login_code", key=email)
        ):
            raise forms.ValidationError(TOO_MANY, code="too_many")
        self._user = sign_in.who_signs_in(email)
        return email


class CodeForm(ConfirmLoginCodeForm):
    """The code; what is typed besides its digits does not matter. `code_id` names the code whose tries are counted."""

    def __init__(self, *args: Any, code_id: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.code_id = code_id
        code = self.fields["code"]
        code.label = "Code from the letter"
        code.max_length = 40
        code.error_messages["required"] = "Type the code from the letter."
        code.widget.attrs = {"autocomplete": "one-time-code", "inputmode": "numeric", "autofocus": True}

    def clean_code(self) -> str:
        if not sign_in.take_try(self.code_id):
            raise forms.ValidationError(WRONG, code="no_tries")
        self.cleaned_data["code"] = sign_in.digits_of(self.cleaned_data["code"])
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
