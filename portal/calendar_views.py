"""Calendar addresses: one's own with its settings, and the course's public office hours."""

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.timezone import now
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import public
from courses.access import CourseRequest, course_view
from courses.models import Course
from officehours.domain import calendar_feeds as addresses
from officehours.models import CalendarFeed
from portal import feeds


class CalendarForm(forms.ModelForm):
    """What one's calendar shows, and when one is reminded of an appointment."""

    kinds = forms.MultipleChoiceField(
        label="Shows",
        choices=[(kind, label) for kind, (label, _) in feeds.KINDS.items()],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )

    class Meta:
        model = CalendarFeed
        fields = ("remind",)
        labels = {"remind": "Reminder of an appointment"}
        widgets = {"remind": forms.RadioSelect}


@require_safe
@public("a calendar program reads it; its token is one person's and can be reset")
def calendar_feed(request: HttpRequest, token: str) -> HttpResponse:
    feed = addresses.feed_behind(token)
    if feed is None:
        raise Http404("No such calendar, or its address was reset.")
    return HttpResponse(feeds.personal(feed, now=now()), content_type="text/calendar; charset=utf-8")


@require_safe
@public("the office hours of a course, without names or links, for anybody's calendar")
def office_hours_feed(request: HttpRequest, course_slug: str) -> HttpResponse:
    course = get_object_or_404(Course, slug=course_slug)
    return HttpResponse(feeds.public(course, now=now()), content_type="text/calendar; charset=utf-8")


@require_http_methods(["GET", "POST"])
@course_view()
def calendar_settings(request: CourseRequest) -> HttpResponse:
    """One's own calendar address: what it shows, and another address."""
    feed = addresses.feed_of(request.enrollment)
    if request.POST.get("do") == "reset":
        addresses.reset(feed)
        messages.info(request, "This is your new address. The old one is gone; give your calendar this one.")
        return redirect("calendar_settings", course_slug=request.course.slug)
    shown = [kind for kind in feeds.KINDS if kind not in feed.left_out]
    form = CalendarForm(request.POST or None, instance=feed, initial={"kinds": shown})
    if request.method == "POST" and form.is_valid():
        form.instance.left_out = [kind for kind in feeds.KINDS if kind not in form.cleaned_data["kinds"]]
        form.save()
        messages.info(request, "Saved. Your calendar shows it when it reads the address again.")
        return redirect("calendar_settings", course_slug=request.course.slug)
    address = _address("calendar_feed", token=feed.token)
    page = {"form": form, "address": address, "subscribe": f"webcal:{address.partition(':')[2]}",
            "public": _address("office_hours_feed", course_slug=request.course.slug)}  # fmt: skip
    return render(request, "officehours/calendar.html", page, status=422 if form.errors else 200)


def _address(name: str, **kwargs: str) -> str:
    return settings.PORTAL_URL + reverse(name, kwargs=kwargs)
