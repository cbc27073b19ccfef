"""The schedule: what runs by itself, and how often. `manage.py run_due` runs the same list once.

Every piece is a sweep over rows ("what is due and not done?"), so two workers, or a run missed, do no harm.
A piece takes `at` (ISO time with zone; the real clock if None) and returns counts by name.
"""

import os
from pathlib import Path

from celery import Celery
from django.conf import settings

from portal import broker  # noqa: F401 - what `filesystem://` means here

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
app = Celery("portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

# Task, and seconds between two runs (an interval, since a crontab skips the hour that summer time repeats).
EVERY: dict[str, int] = {
    "feedback.tasks.open_surveys": 30,
    "feedback.tasks.freeze_surveys": 30,
    "feedback.tasks.close_surveys": 60,
    "feedback.tasks.compact_surveys": 60,
    "feedback.tasks.remind": 60,
    "officehours.tasks.end_offers": 30,
    "officehours.tasks.remind": 60,
    "credits.tasks.serve_waiting": 60,
    "credits.tasks.tell": 300,
    "credits.tasks.tell_log_heads": 300,
    "credits.tasks.forget_handovers": 86_400,
    "cloudguard.tasks.remind": 300,
    "cloudguard.tasks.forget_accounts": 60,
    "cloudguard.tasks.sweep_accounts": 120,
    "presentations.tasks.check_uploads": 5,
    "presentations.tasks.remind": 60,
    "presentations.tasks.expire_swaps": 60,
    "mail.tasks.gather_digests": 300,
    "mail.tasks.send_due": 10,
    "mail.tasks.erase_codes": 60,
    "accounts.tasks.forget_sessions": 86_400,
}
SCHEDULE = {name: every for name, every in EVERY.items() if name.partition(".")[0] in settings.INSTALLED_APPS}
app.conf.beat_schedule = {
    name: {"task": name, "schedule": every, "options": {"expires": every}} for name, every in SCHEDULE.items()
}
app.conf.beat_schedule_filename = str(settings.DATA_DIR / "celerybeat-schedule")

if not settings.REDIS_URL:
    for folder in ("queue", "control"):
        Path(settings.DATA_DIR / "broker" / folder).mkdir(parents=True, exist_ok=True)
