"""How one wants one's letters, the way out of them, and the demo's mailbox."""

from typing import Any, cast

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods

from accounts.access import public
from accounts.models import User
from mail.domain import kinds, preferences
from mail.domain import mailbox as mailbox_files
from mail.forms import PreferencesForm

LETTERS_A_PAGE = 50


@require_http_methods(["GET", "POST"])
def mail_preferences(request: HttpRequest) -> HttpResponse:
    person = cast(User, request.user)
    form = PreferencesForm(request.POST or None, choices=preferences.choices_by_kind(person))
    if request.method == "POST" and form.is_valid():
        preferences.choose(person, form.cleaned_data)
        messages.success(request, "Your choices are kept. They hold from the next letter on.")
        return redirect("mail_preferences")
    return render(request, "mail/preferences.html", {"form": form}, status=422 if form.errors else 200)


@csrf_exempt  # the POST comes from mail servers (RFC 8058); the signed token is the proof
@require_http_methods(["GET", "POST"])
@public("the link in a letter works without signing in; its signed token names one person and one kind")
def mail_unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """End one kind of letter: a page with one button, or one click in the mail reader."""
    meant = preferences.read_token(token)
    if meant is None:
        return render(request, "mail/unsubscribe_unknown.html", status=404)
    person, kind = meant
    page: dict[str, Any] = {"kind": kinds.kind_named(kind)}
    if "undo" in request.POST:
        page["is_undone"] = preferences.undo(request.POST["undo"], person=person, kind=kind)
    elif request.method == "POST":
        page["undo"] = preferences.unsubscribe(person, kind)
    return render(request, "mail/unsubscribe.html", page)


@require_GET
@public("the demo shows its letters to whoever sits at this machine; 404 outside of the demo")
def mailbox(request: HttpRequest) -> HttpResponse:
    _demo_only()
    address = request.GET.get("to", "")
    listed = mailbox_files.letters_to(address) if address else mailbox_files.names()
    page = Paginator(listed, LETTERS_A_PAGE).get_page(request.GET.get("page"))
    letters = [mailbox_files.head(name) for name in page]
    people = sorted({(letter.to, letter.address) for letter in letters})
    shown = {"page": page, "letters": letters, "people": people, "address": address}
    return render(request, "mail/mailbox.html", shown)


@require_GET
@public("the demo shows its letters to whoever sits at this machine; 404 outside of the demo")
def mailbox_letter(request: HttpRequest, name: str) -> HttpResponse:
    _demo_only()
    return render(request, "mail/mailbox_letter.html", {"letter": _kept(name)})


@require_GET
@public("the demo shows its letters to whoever sits at this machine; 404 outside of the demo")
def mailbox_html(request: HttpRequest, name: str) -> HttpResponse:
    _demo_only()
    html = _kept(name).html
    policy = f"default-src 'none'; style-src 'unsafe-hashes' {' '.join(mailbox_files.style_hashes(html))}; "
    sandbox = "frame-ancestors 'none'; base-uri 'none'; form-action 'none'; sandbox allow-top-navigation"
    return HttpResponse(html, headers={"Content-Security-Policy": policy + sandbox})


def _demo_only() -> None:
    if not settings.DEMO:
        raise Http404("Only the demo has a mailbox.")


def _kept(name: str) -> mailbox_files.Letter:
    letter = mailbox_files.letter(name)
    if letter is None:
        raise Http404("No such letter.")
    return letter
