"""People in Django's admin, for superusers: add one, mend an address, close an account."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest

from accounts.models import User


class PersonForm(forms.ModelForm):
    """A person without a password: signing in takes a code."""

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).strip().lower()


@admin.register(User)
class UserAdmin(admin.ModelAdmin):
    form = PersonForm
    fields = ("email", "name", "sort_name", "is_active", "is_superuser")
    list_display = ("sort_name", "email", "is_active", "is_superuser")
    list_filter = ("is_active", "is_superuser")
    search_fields = ("email", "name")

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        if not change:
            obj.set_unusable_password()
        super().save_model(request, obj, form, change)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return False  # an account is closed; what it took part in stays counted
