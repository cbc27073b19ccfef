from datetime import date

from django.urls import URLPattern, path, register_converter

from courses.views import agenda, announcements, assignments, letters, meetings, roster, settings


class DateConverter:
    """A date in an address: "2023-11-28"."""

    regex = r"\d{4}-\d{2}-\d{2}"

    def to_python(self, value: str) -> date:
        return date.fromisoformat(value)

    def to_url(self, value: date) -> str:
        return str(value)


register_converter(DateConverter, "isodate")

urlpatterns: list[URLPattern] = [
    path("classes/", meetings.meetings, name="meetings"),
    path("classes/<isodate:date>/", meetings.meeting, name="meeting"),
    path("classes/<isodate:date>/edit", meetings.meeting_edit, name="meeting_edit"),
    path("classes/<isodate:date>/cancel", meetings.meeting_cancel, name="meeting_cancel"),
    path("classes/<isodate:date>/restore", meetings.meeting_restore, name="meeting_restore"),
    path("classes/<isodate:date>/agenda", agenda.agenda_edit, name="agenda_edit"),
    path("assignments/", assignments.assignments, name="assignments"),
    path("assignments/new", assignments.assignment_new, name="assignment_new"),
    path("assignments/<int:pk>/edit", assignments.assignment_edit, name="assignment_edit"),
    path("assignments/<int:pk>/move", assignments.assignment_move, name="assignment_move"),
    path("assignments/<int:pk>/delete", assignments.assignment_delete, name="assignment_delete"),
    path("news/", announcements.announcements, name="announcements"),
    path("news/new", announcements.announcement_new, name="announcement_new"),
    path("news/<int:pk>/edit", announcements.announcement_edit, name="announcement_edit"),
    path("news/<int:pk>/post", announcements.announcement_post, name="announcement_post"),
    path("news/<int:pk>/delete", announcements.announcement_delete, name="announcement_delete"),
    path("letters/", letters.letters, name="letters"),
    path("letters/<int:pk>", letters.letter, name="letter_read"),
    path("letters/<int:pk>/again", letters.letter_again, name="letter_again"),
    path("letters/again/<slug:kind>", letters.letters_again, name="letters_again"),
    path("settings/", settings.course_settings, name="course_settings"),
    path("settings/course", settings.course_fields, name="course_fields"),
    path("settings/colour", settings.course_accent, name="course_accent"),
    path("settings/staff", settings.staff_add, name="staff_add"),
    path("settings/staff/<int:pk>/role", settings.staff_role, name="staff_role"),
    path("settings/staff/<int:pk>/remove", settings.staff_remove, name="staff_remove"),
    path("settings/weekly", settings.weekly_time_add, name="weekly_time_add"),
    path("settings/weekly/<int:pk>", settings.weekly_time_edit, name="weekly_time_edit"),
    path("settings/weekly/<int:pk>/remove", settings.weekly_time_remove, name="weekly_time_remove"),
    path("settings/no-class", settings.no_class_day_add, name="no_class_day_add"),
    path("settings/no-class/<int:pk>/remove", settings.no_class_day_remove, name="no_class_day_remove"),
    path("roster/", roster.roster, name="roster"),
    path("roster/upload", roster.roster_upload, name="roster_upload"),
    path("roster/imports/<int:pk>", roster.roster_import, name="roster_import"),
    path("roster/imports/<int:pk>/apply", roster.roster_apply, name="roster_apply"),
    path("roster/imports/<int:pk>/undo", roster.roster_undo, name="roster_undo"),
]
