"""A letter's head is kept with its row; the head of a chain is never deleted and never goes back."""

from django.db import migrations, models

TABLE = "credits_audithead"
REFUSAL = "the credit log is append-only"
BACKWARDS = "NEW.seq < OLD.seq OR NEW.told_seq < OLD.told_seq OR NEW.course_id <> OLD.course_id"

SQLITE = [
    f"CREATE TRIGGER {TABLE}_no_delete BEFORE DELETE ON {TABLE} BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END",
    f"CREATE TRIGGER {TABLE}_no_return BEFORE UPDATE ON {TABLE} WHEN {BACKWARDS} "
    f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END",
    # INSERT OR REPLACE deletes without asking the trigger above.
    f"CREATE TRIGGER {TABLE}_no_replace BEFORE INSERT ON {TABLE} WHEN EXISTS (SELECT 1 FROM {TABLE} WHERE id = NEW.id) "
    f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END",
]
POSTGRESQL = [
    f"CREATE TRIGGER {TABLE}_no_delete BEFORE DELETE ON {TABLE} "
    "FOR EACH ROW EXECUTE FUNCTION credits_auditevent_refuse()",
    f"CREATE TRIGGER {TABLE}_no_return BEFORE UPDATE ON {TABLE} FOR EACH ROW WHEN ({BACKWARDS}) "
    "EXECUTE FUNCTION credits_auditevent_refuse()",
    f"CREATE TRIGGER {TABLE}_no_truncate BEFORE TRUNCATE ON {TABLE} "
    "FOR EACH STATEMENT EXECUTE FUNCTION credits_auditevent_refuse()",
]


def remember_told_rows(apps, schema_editor):
    events = apps.get_model("credits", "AuditEvent").objects
    for head in apps.get_model("credits", "AuditHead").objects.exclude(told_seq=0):
        told = events.filter(course_id=head.course_id, seq=head.told_seq).first()
        if told is not None:
            head.told_mac = told.mac
            head.save(update_fields=["told_mac"])


def make_triggers(apps, schema_editor):
    statements = POSTGRESQL if schema_editor.connection.vendor == "postgresql" else SQLITE
    for statement in statements:
        schema_editor.execute(statement)


def drop_triggers(apps, schema_editor):
    is_postgresql = schema_editor.connection.vendor == "postgresql"
    for name in ("no_delete", "no_return", "no_truncate" if is_postgresql else "no_replace"):
        schema_editor.execute(f"DROP TRIGGER {TABLE}_{name}{f' ON {TABLE}' if is_postgresql else ''}")


class Migration(migrations.Migration):
    dependencies = [("credits", "0004_guard")]
    operations = [
        migrations.AddField("audithead", "told_mac", models.CharField(blank=True, default="", max_length=64), preserve_default=False),
        migrations.RunPython(remember_told_rows, migrations.RunPython.noop),
        migrations.RunPython(make_triggers, drop_triggers),
    ]
