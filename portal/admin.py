"""Django's admin is entered by the portal's own sign-in: a code, and superusers only."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin

admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]
admin.site.site_header = admin.site.site_title = "Course portal: behind the scenes"
admin.site.index_title = "Tables"
