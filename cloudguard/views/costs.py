from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import now
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.errors import DomainError
from cloudguard.domain import cost_reminders, prices
from cloudguard.forms import CostReminderForm, PriceForm
from cloudguard.models import CostReminder, RunningPrice
from cloudguard.queries import costs
from courses.access import CourseRequest, course_view
from courses.domain import calendar
from courses.models import Role


@require_http_methods(["GET", "POST"])
@course_view(Role.ASSISTANT)
def cost_reminder_new(request: CourseRequest) -> HttpResponse:
    return _reminder_form(request, cost_reminders.blank(request.course))


@require_http_methods(["GET", "POST"])
@course_view(Role.ASSISTANT)
def cost_reminder(request: CourseRequest, pk: int) -> HttpResponse:
    """Change a reminder; what went out by letter stays as it went."""
    return _reminder_form(request, get_object_or_404(request.course.cost_reminders, pk=pk))


@require_POST
@course_view(Role.ASSISTANT)
def cost_reminder_delete(request: CourseRequest, pk: int) -> HttpResponse:
    get_object_or_404(request.course.cost_reminders, pk=pk).delete()
    return redirect("credits", course_slug=request.course.slug)


def _reminder_form(request: CourseRequest, reminder: CostReminder) -> HttpResponse:
    letters = costs.letters_of(reminder, now()) if reminder.pk else []
    cost = costs.cost_of(reminder)
    form = CostReminderForm(request.POST if request.method == "POST" else None, instance=reminder)
    if form.is_valid():
        cost_reminders.keep(form.save(commit=False))
        return redirect("credits", course_slug=request.course.slug)
    context = {"reminder": reminder, "form": form, "letters": letters, "cost": cost}
    return render(request, "cloudguard/cost.html", context, status=422 if form.errors else 200)


@require_GET
@course_view(Role.INSTRUCTOR)
def running_prices(request: CourseRequest) -> HttpResponse:
    return render(request, "cloudguard/prices.html", {"prices": request.course.running_prices.all()})


@require_http_methods(["GET", "POST"])
@course_view(Role.INSTRUCTOR)
def running_price_new(request: CourseRequest) -> HttpResponse:
    today = calendar.local_date(request.course, now())
    return _price_form(request, RunningPrice(course=request.course, priced_on=today))


@require_http_methods(["GET", "POST"])
@course_view(Role.INSTRUCTOR)
def running_price(request: CourseRequest, pk: int) -> HttpResponse:
    return _price_form(request, get_object_or_404(request.course.running_prices, pk=pk))


def _price_form(request: CourseRequest, price: RunningPrice) -> HttpResponse:
    form = PriceForm(request.POST if request.method == "POST" else None, instance=price)
    if form.is_valid() and _saved(form):
        return redirect("running_prices", course_slug=request.course.slug)
    context = {"price": price, "form": form}
    return render(request, "cloudguard/price.html", context, status=422 if form.errors else 200)


def _saved(form: PriceForm) -> bool:
    try:
        prices.save(form.save(commit=False))
    except DomainError as error:
        form.add_error("size", error.message)
        return False
    return True


@require_POST
@course_view(Role.INSTRUCTOR)
def running_price_remove(request: CourseRequest, pk: int) -> HttpResponse:
    get_object_or_404(request.course.running_prices, pk=pk).delete()
    return redirect("running_prices", course_slug=request.course.slug)
