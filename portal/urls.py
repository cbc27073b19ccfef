"""Every address of the portal."""

from django.apps import apps
from django.conf import settings
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from portal import calendar_views, views

urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.home, name="home"),
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    path("theme", views.theme, name="theme"),
    path("demo/people", views.people_picker, name="people_picker"),
    path("", include("accounts.urls")),
    path("mail/", include("mail.urls")),
    path("admin/", admin.site.urls),
    path("calendar/<slug:token>.ics", calendar_views.calendar_feed, name="calendar_feed"),
    path("c/<slug:course_slug>/office-hours.ics", calendar_views.office_hours_feed, name="office_hours_feed"),
    path("c/<slug:course_slug>/calendar", calendar_views.calendar_settings, name="calendar_settings"),
    path("c/<slug:course_slug>/", views.course_home, name="course_home"),
    path("c/<slug:course_slug>/", include("courses.urls")),
    path("c/<slug:course_slug>/", include("feedback.urls")),
    path("c/<slug:course_slug>/", include("credits.urls")),
    path("c/<slug:course_slug>/", include("presentations.urls")),
    path("c/<slug:course_slug>/", include("officehours.urls")),
]
if apps.is_installed("cloudguard"):
    urlpatterns.append(path("c/<slug:course_slug>/", include("cloudguard.urls")))
if settings.DEBUG:
    urlpatterns.append(path("style", views.style, name="style"))
