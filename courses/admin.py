"""Courses in Django's admin, for superusers: who teaches what. Dates and texts have pages that keep their rules."""

from django.contrib import admin
from django.http import HttpRequest

from courses.models import Course, Enrollment, Section


class SectionInline(admin.TabularInline):
    model = Section
    fields = ("code", "position", "roster_file")
    extra = 0


@admin.register(Course)
class CourseAdmin(admin.ModelAdmin):
    fields = ("slug", "code", "title", "term", "school", "institution", "timezone", "starts_on", "ends_on", "accent")
    readonly_fields = ("timezone", "starts_on", "ends_on")  # meetings and surveys hang on these
    list_display = ("code", "term", "title")
    inlines = (SectionInline,)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False  # a course comes from its file: manage.py load_course

    def has_delete_permission(self, request: HttpRequest, obj: Course | None = None) -> bool:
        return False


@admin.register(Enrollment)
class EnrollmentAdmin(admin.ModelAdmin):
    fields = ("course", "user", "role", "section", "login", "dropped_at")
    list_display = ("user", "course", "role", "section", "dropped_at")
    list_filter = ("course", "role")
    list_select_related = ("user", "course", "section")
    search_fields = ("user__name", "user__email", "login")
    autocomplete_fields = ("user",)

    def has_delete_permission(self, request: HttpRequest, obj: Enrollment | None = None) -> bool:
        return False  # someone who leaves is dropped, and keeps the row
