"""Titles that differ in a sign or a picture only are two topics from here on."""

import unicodedata

from django.db import migrations


def folded(title: str) -> str:
    plain = unicodedata.normalize("NFKC", title.casefold())
    kept = "".join(c if c in "+#*" or unicodedata.category(c)[0] in "LNMS" else " " for c in plain)
    return " ".join(kept.split())[:300]


def fold(apps, schema_editor):
    topics = apps.get_model("presentations", "Topic").objects
    for topic in topics.all():
        anew = folded(topic.title)
        if not topics.filter(course=topic.course_id, folded=anew).exists():
            topics.filter(pk=topic.pk).update(folded=anew)


class Migration(migrations.Migration):
    dependencies = [("presentations", "0002_reviews_that_change")]
    operations = [migrations.RunPython(fold, migrations.RunPython.noop)]
