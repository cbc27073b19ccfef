"""What the web server serves."""

import os

from django.core.wsgi import get_wsgi_application

from portal import celery_app

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
application = get_wsgi_application()
celery_app.connection_for_write().create_transport()  # imports the broker now: the first sign-in code must not wait
