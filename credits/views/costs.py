"""Staff write what the course reminds of that runs and costs."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import now
from django.views.decorators.http import require_http_methods, require_POST

from courses.access import CourseRequest, course_view
from courses.models import Role
from credits.domain import cost_reminders, costs
from credits.forms.costs import CostReminderForm
from credits.models import CostReminder


@require_http_methods(["GET", "POST"])
@course_view(Role.ASSISTANT)
def cost_reminder_new(request: CourseRequest) -> HttpResponse:
    """Write a reminder."""
    return _form(request, cost_reminders.blank(request.course))


@require_http_methods(["GET", "POST"])
@course_view(Role.ASSISTANT)
def cost_reminder(request: CourseRequest, pk: int) -> HttpResponse:
    """Change a reminder; what went out by letter stays as it went."""
    return _form(request, get_object_or_404(request.course.cost_reminders, pk=pk))


@require_POST
@course_view(Role.ASSISTANT)
def cost_reminder_delete(request: CourseRequest, pk: int) -> HttpResponse:
    """Take a reminder away."""
    get_object_or_404(request.course.cost_reminders, pk=pk).delete()
    return redirect("credits", course_slug=request.course.slug)


def _form(request: CourseRequest, reminder: CostReminder) -> HttpResponse:
    planned = cost_reminders.planned(reminder, now()) if reminder.pk else []
    cost = costs.cost_of(reminder.usd_per_hour) if reminder.usd_per_hour is not None else None
    form = CostReminderForm(request.POST if request.method == "POST" else None, instance=reminder)
    if form.is_valid():
        cost_reminders.keep(form.save(commit=False))
        return redirect("credits", course_slug=request.course.slug)
    context = {"reminder": reminder, "form": form, "planned": planned, "cost": cost}
    return render(request, "credits/cost.html", context, status=422 if form.errors else 200)
