
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('officehours', '0010_what_people_know'),
    ]

    operations = [
        migrations.AddField(
            model_name='appointment',
            name='ended_by',
            field=models.CharField(blank=True, choices=[('back', 'Given back'), ('staff', 'Cancelled by staff'), ('date', 'Cancelled with its office hours')], max_length=5),
        ),
    ]
