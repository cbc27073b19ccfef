"""When a code was given: known of its grant, and of one that was replaced since by the log."""

from django.db import migrations, models
from django.db.models import F, OuterRef, Subquery
from django.db.models.functions import Coalesce


def fill(apps, schema_editor):
    codes = apps.get_model("credits", "CreditCode").objects.exclude(state="free")
    given = apps.get_model("credits", "AuditEvent").objects.filter(kind="code given", code_id=OuterRef("pk"))
    of_grant = apps.get_model("credits", "Grant").objects.filter(code=OuterRef("pk"))
    codes.update(
        given_at=Coalesce(
            Subquery(given.order_by("pk").values("at")[:1]),
            Subquery(of_grant.values("fulfilled_at")[:1]),
            F("faulty_at"),
        )
    )


class Migration(migrations.Migration):
    dependencies = [("credits", "0005_told_heads")]
    operations = [
        migrations.AddField("creditcode", "given_at", models.DateTimeField(blank=True, null=True)),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
