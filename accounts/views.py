"""Signing in by a code that is sent to the address on the roster: allauth's flow, in the portal's words."""

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import record_authentication
from allauth.account.views import ConfirmLoginCodeView, LogoutView, RequestLoginCodeView
from allauth.core import ratelimit
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.timezone import now
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts.access import public, secret
from accounts.domain import sign_in as rules
from accounts.errors import DomainError
from accounts.forms import TOO_MANY_AGAIN, WRONG, AddressForm, CodeForm, ConfirmForm

ADDRESS_KEY = "sign_in_address"
NO_CODE = (
    "No code is waiting to be typed here: a code is good for 10 minutes, in the browser that asked for it. "
    "Ask for a new one."
)
THIRD_WRONG = "That was the third wrong code, so it no longer counts. Ask for a new one; your address is kept."


class AskForCode(RequestLoginCodeView):
    """Send a code to an address; what answers is the same whether the portal knows the address or not."""

    form_class = AddressForm
    template_name = "account/sign_in.html"

    def _redirect_to_pending_stage(self, request: HttpRequest, stage: Any) -> None:
        """Ask again even when a code is on its way: allauth's redirect would forget where one wanted to go."""

    def get_initial(self) -> dict[str, Any]:
        return {**super().get_initial(), "email": self.request.session.get(ADDRESS_KEY, "")}

    def form_valid(self, form: AddressForm) -> HttpResponse:
        self.request.session[ADDRESS_KEY] = form.cleaned_data["email"]
        get_adapter().write_to_nobody(is_letter=form._user is None)
        return super().form_valid(form)

    def form_invalid(self, form: AddressForm) -> HttpResponse:
        status = 429 if form.has_error("email", "too_many") else 422
        return self.render_to_response(self.get_context_data(form=form), status=status)


class CheckCode(ConfirmLoginCodeView):
    """Take the code, three times at most, and lead on to where the person wanted to go."""

    form_class = CodeForm
    template_name = "account/code.html"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Send whoever has no code to type back to ask for one, and say why."""
        response = super().dispatch(request, *args, **kwargs)
        if response.status_code == 302 and response["Location"] == reverse("account_login"):
            return self.ask_again(NO_CODE)
        return response

    def get_form_kwargs(self) -> dict[str, Any]:
        code_id = f"{self.request.session.session_key}:{self._process.state['at']}"
        return {**super().get_form_kwargs(), "code_id": code_id}

    def form_invalid(self, form: CodeForm) -> HttpResponse:
        """Keep what was typed and count the try; after the third, a new code is needed."""
        if form.has_error("code", "no_tries"):
            self._process.abort()
            return self.ask_again(THIRD_WRONG)
        if form.has_error("code", "wrong") and not self._process.record_invalid_attempt():
            return self.ask_again(THIRD_WRONG)
        return self.render_to_response(self.get_context_data(form=form), status=422)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        left = self._process.max_attempts - self._process.state["failed_attempts"]
        return {**super().get_context_data(**kwargs), "tries_left": left}

    def ask_again(self, sentence: str) -> HttpResponse:
        """Back to the address, with the reason and with where the person wanted to go."""
        messages.error(self.request, sentence)
        return redirect(self.passthrough_next_url(reverse("account_login")))


sign_in = public("this is where one signs in")(AskForCode.as_view())
code = public("this is where one signs in")(CheckCode.as_view())
sign_out = public("whoever is signed out already is led on, not asked to sign in first")(LogoutView.as_view())

CONFIRMATION_KEY = "sign_in_confirmation"


@secret
@require_http_methods(["GET", "POST"])
@sensitive_post_parameters("code")
def confirm_sign_in(request: HttpRequest) -> HttpResponse:
    """Prove again, by a code sent to one's address, who sits here: before something of value is shown."""
    asked = request.GET.get("next", "")
    onward = asked if url_has_allowed_host_and_scheme(asked, None) else reverse("home")
    if request.POST.get("do") == "send":
        return _send_code(request)
    form = ConfirmForm(request.POST if request.method == "POST" else None)
    if form.is_valid() and _confirmed(request, form):
        return redirect(onward)
    context = {"form": form, "is_sent": CONFIRMATION_KEY in request.session, "onward": onward}
    return render(request, "account/confirm.html", context, status=422 if form.errors else 200)


def _send_code(request: HttpRequest) -> HttpResponse:
    email = request.user.email  # type: ignore[union-attr]
    if ratelimit.consume(request, action="confirm_sign_in"):
        code = get_adapter().generate_login_code()
        request.session[CONFIRMATION_KEY] = rules.begin_confirmation(code, now=now())
        get_adapter().send_mail("account/email/login_code", email, {"code": code})
    else:
        messages.error(request, TOO_MANY_AGAIN)
    return redirect(request.get_full_path())


def _confirmed(request: HttpRequest, form: ConfirmForm) -> bool:
    """Whether the code is the one that was sent; a wrong try is counted."""
    pending = request.session.pop(CONFIRMATION_KEY, None)
    try:
        left = rules.check_confirmation(pending, form.cleaned_data["code"], now=now())
    except DomainError as broken:
        form.add_error("code", broken.message)
        return False
    if left is not None:
        request.session[CONFIRMATION_KEY] = left
        form.add_error("code", WRONG)
        return False
    request.session.cycle_key()
    record_authentication(request, request.user, "code", reauthenticated=True)
    return True
