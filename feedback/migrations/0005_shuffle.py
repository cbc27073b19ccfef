from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('feedback', '0004_question_kinds'),
    ]

    operations = [
        migrations.RenameField(
            model_name='survey',
            old_name='seal',
            new_name='shuffle_salt',
        ),
        migrations.RenameField(
            model_name='survey',
            old_name='sealed_at',
            new_name='shuffled_at',
        ),
    ]
