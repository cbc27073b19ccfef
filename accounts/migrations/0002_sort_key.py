from django.db import migrations, models

from accounts.models import sort_key_of


def sort_people(apps, schema_editor):
    User = apps.get_model("accounts", "User")
    users = list(User.objects.exclude(sort_name=""))
    for user in users:
        user.sort_key = sort_key_of(user.sort_name)
    User.objects.bulk_update(users, ["sort_key"], batch_size=500)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]

    operations = [
        migrations.AlterModelOptions(name="user", options={"ordering": ("sort_key", "email")}),
        migrations.AddField(
            model_name="user",
            name="sort_key",
            field=models.CharField(blank=True, editable=False, max_length=200),
        ),
        migrations.RunPython(sort_people, migrations.RunPython.noop),
    ]
