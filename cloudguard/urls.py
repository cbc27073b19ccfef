"""Addresses of this app, under /c/<course>/; they lie below the credits, from whose page one comes."""

from django.urls import path

from cloudguard.views import costs, guard

urlpatterns = [
    path("credits/costs/new", costs.cost_reminder_new, name="cost_reminder_new"),
    path("credits/costs/<int:pk>", costs.cost_reminder, name="cost_reminder"),
    path("credits/costs/<int:pk>/delete", costs.cost_reminder_delete, name="cost_reminder_delete"),
    path("credits/guard/", guard.guard, name="guard"),
    path("credits/guard/begin", guard.guard_begin, name="guard_begin"),
    path("credits/guard/link", guard.guard_link, name="guard_link"),
    path("credits/guard/template", guard.guard_template, name="guard_template"),
    path("credits/guard/snooze", guard.guard_snooze, name="guard_snooze"),
    path("credits/guard/revoke", guard.guard_revoke, name="guard_revoke"),
    path("credits/prices/", costs.running_prices, name="running_prices"),
    path("credits/prices/new", costs.running_price_new, name="running_price_new"),
    path("credits/prices/<int:pk>", costs.running_price, name="running_price"),
    path("credits/prices/<int:pk>/remove", costs.running_price_remove, name="running_price_remove"),
]
