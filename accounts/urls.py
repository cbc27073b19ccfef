"""Addresses of this room: allauth's, one by one, since its whole list would open sign-up and password reset."""

from django.urls import URLPattern, path

from accounts import views

urlpatterns: list[URLPattern] = [
    path("sign-in", views.sign_in, name="account_login"),
    # The same page: asking for a code is the only way in, and allauth looks it up by this name.
    path("sign-in", views.sign_in, name="account_request_login_code"),
    path("sign-in/code", views.code, name="account_confirm_login_code"),
    path("sign-in/again", views.confirm_sign_in, name="confirm_sign_in"),
    path("sign-out", views.sign_out, name="account_logout"),
]
