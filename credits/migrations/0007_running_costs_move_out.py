"""What runs costs: its tables take the name of the app that has them from now on. Rows stay where they are."""

from django.db import migrations

MODELS = ("AccountLink", "Finding", "RunningPrice", "CostReminder")


class Migration(migrations.Migration):
    dependencies = [("credits", "0006_given_at")]
    operations = [
        migrations.SeparateDatabaseAndState(
            # The tables are renamed whether or not cloudguard is installed, so that it finds them when it is.
            database_operations=[migrations.AlterModelTable(name, f"cloudguard_{name.lower()}") for name in MODELS],
            # Finding points at AccountLink, so it goes first.
            state_operations=[migrations.DeleteModel(name) for name in ("Finding", "AccountLink", "RunningPrice", "CostReminder")],
        )
    ]
