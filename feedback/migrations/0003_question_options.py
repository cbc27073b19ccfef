from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps


def to_options(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """The columns of a scale become the options of its kind."""
    questions = apps.get_model("feedback", "Question").objects.filter(kind="scale")
    for question in questions.iterator():
        question.options = {"min": question.min, "max": question.max, "anchors": question.anchors}
        question.save(update_fields=["options"])


def to_columns(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """The other way round."""
    questions = apps.get_model("feedback", "Question").objects.filter(kind="scale")
    for question in questions.iterator():
        question.min, question.max = question.options["min"], question.options["max"]
        question.anchors = question.options.get("anchors", {})
        question.save(update_fields=["min", "max", "anchors"])


class Migration(migrations.Migration):

    dependencies = [
        ('feedback', '0002_survey_sealed_at'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='question',
            name='a_scale_has_2_to_11_steps',
        ),
        migrations.AlterField(
            model_name='question',
            name='kind',
            field=models.CharField(max_length=20),
        ),
        migrations.AddField(
            model_name='question',
            name='options',
            field=models.JSONField(blank=True, default=dict),
        ),
        migrations.RunPython(to_options, to_columns),
    ]
