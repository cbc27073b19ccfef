from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps


def name_kinds(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Every criterion so far is a scale; from now on each says so."""
    for plan in apps.get_model("presentations", "ReviewPlan").objects.exclude(criteria=None):
        plan.criteria = [{"kind": "scale", **criterion} for criterion in plan.criteria]
        plan.save(update_fields=["criteria"])


class Migration(migrations.Migration):

    dependencies = [
        ('presentations', '0003_topics_folded_anew'),
    ]

    operations = [
        migrations.RunPython(name_kinds, migrations.RunPython.noop),
    ]
