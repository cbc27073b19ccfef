"""Addresses of this room."""

from django.urls import path

from mail import views

urlpatterns = [
    path("preferences", views.mail_preferences, name="mail_preferences"),
    path("unsubscribe/<str:token>", views.mail_unsubscribe, name="mail_unsubscribe"),
    path("mailbox/", views.mailbox, name="mailbox"),
    path("mailbox/<str:name>", views.mailbox_letter, name="mailbox_letter"),
    path("mailbox/<str:name>/html", views.mailbox_html, name="mailbox_html"),
]
