from hashlib import sha256

from django.db import migrations, models

MODES = {"in_person": "In person", "online": "Online", "both": "In person and online"}


def keep_what_was_told(apps, schema_editor):
    """What calendars were told last of an appointment is what its student knows, unless that is kept already.

    What it said hung on the words for its place; what is told of one that stands so is kept without them.
    """
    appointments = apps.get_model("officehours", "Appointment").objects
    events = apps.get_model("officehours", "ToldEvent").objects.filter(uid__startswith="appointment-")
    told = {(one.course_id, one.uid): one for one in events}
    for one in appointments.select_related("series"):
        event = told.get((one.course_id, f"appointment-{one.pk}"))
        before, after = _contents(one) if one.series_id else ("", "")
        known = one.known_content or (event.content if event else "")
        content = after if known and known == before else known
        if content != one.known_content:
            appointments.filter(pk=one.pk).update(known_content=content)
        if event and event.content == before:
            events.filter(pk=event.pk).update(content=after)


def _contents(one):
    """The fingerprints of an appointment in office hours, with its place in words, and without."""
    change = one.series.changes.filter(date=one.on).first()
    mode, place, url = (_said(one.series, change, name) for name in ("mode", "place", "url"))
    gone = one.state in ("cancelled", "declined", "lapsed")
    return (
        _digest(one.starts_at, one.ends_at, one.host_id, place or MODES[mode], url, gone),
        _digest(one.starts_at, one.ends_at, one.host_id, mode, place, url, gone),
    )


def _said(series, change, name):
    said = getattr(change, name, None)
    return getattr(series, name) if said is None else said


def _digest(*parts):
    return sha256("\x1f".join(str(part) for part in parts).encode()).hexdigest()


class Migration(migrations.Migration):
    dependencies = [("officehours", "0009_what_counts_in_a_poll")]

    operations = [
        migrations.AddField("waiting", "known_start", models.DateTimeField(blank=True, null=True)),
        migrations.RunPython(keep_what_was_told, migrations.RunPython.noop, elidable=True),
    ]
