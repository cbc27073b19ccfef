"""The tables are there: credits made them, and its 0007 gave them their present names."""

import django.db.models.deletion
import django.db.models.functions.text
from decimal import Decimal
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('courses', '0001_initial'),
        ('credits', '0007_running_costs_move_out'),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.CreateModel(
                    name='AccountLink',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('external_id', models.CharField(max_length=64, unique=True)),
                        ('role_arn', models.CharField(blank=True, max_length=200)),
                        ('state', models.CharField(choices=[('started', 'begun'), ('linked', 'linked'), ('gone', 'refused by AWS'), ('open', 'open to others')], default='started', max_length=8)),
                        ('consented_at', models.DateTimeField()),
                        ('linked_at', models.DateTimeField(blank=True, null=True)),
                        ('snoozed_until', models.DateField(blank=True, null=True)),
                        ('swept_on', models.DateField(blank=True, null=True)),
                        ('swept_at', models.DateTimeField(blank=True, null=True)),
                        ('sweeping_on', models.DateField(blank=True, null=True)),
                        ('regions', models.JSONField(blank=True, default=list)),
                        ('regions_left', models.JSONField(blank=True, default=list)),
                        ('blind_spots', models.JSONField(blank=True, default=list)),
                        ('busy_until', models.DateTimeField(blank=True, null=True)),
                        ('enrollment', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='account_link', to='courses.enrollment')),
                    ],
                ),
                migrations.CreateModel(
                    name='CostReminder',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('position', models.PositiveSmallIntegerField(default=0)),
                        ('text', models.CharField(max_length=500)),
                        ('instance', models.CharField(blank=True, max_length=120, verbose_name='What runs')),
                        ('usd_per_hour', models.DecimalField(blank=True, decimal_places=6, max_digits=13, null=True, verbose_name='USD an hour')),
                        ('priced_on', models.DateField(blank=True, null=True, verbose_name='Price of')),
                        ('assignments', models.JSONField(blank=True, default=list)),
                        ('course', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='cost_reminders', to='courses.course')),
                    ],
                    options={
                        'ordering': ('course', 'position', 'pk'),
                    },
                ),
                migrations.CreateModel(
                    name='Finding',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('kind', models.CharField(choices=[('instance', 'EC2 instance'), ('database', 'RDS database'), ('endpoint', 'SageMaker endpoint'), ('notebook', 'SageMaker notebook'), ('volume', 'EBS volume'), ('address', 'Elastic IP address')], max_length=10)),
                        ('region', models.CharField(max_length=40)),
                        ('resource_id', models.CharField(max_length=200)),
                        ('size', models.CharField(blank=True, max_length=120)),
                        ('amount', models.DecimalField(decimal_places=2, default=Decimal('1'), max_digits=12)),
                        ('is_idle', models.BooleanField(default=False)),
                        ('since', models.DateTimeField(blank=True, null=True)),
                        ('first_seen_at', models.DateTimeField()),
                        ('seen_on', models.DateField()),
                        ('snoozed_until', models.DateField(blank=True, null=True)),
                        ('link', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='findings', to='cloudguard.accountlink')),
                    ],
                    options={
                        'ordering': ('link', 'pk'),
                    },
                ),
                migrations.CreateModel(
                    name='RunningPrice',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('kind', models.CharField(choices=[('instance', 'EC2 instance'), ('database', 'RDS database'), ('endpoint', 'SageMaker endpoint'), ('notebook', 'SageMaker notebook'), ('volume', 'EBS volume'), ('address', 'Elastic IP address')], max_length=10)),
                        ('size', models.CharField(blank=True, max_length=120)),
                        ('region', models.CharField(blank=True, max_length=40)),
                        ('usd', models.DecimalField(decimal_places=6, max_digits=13, verbose_name='USD')),
                        ('priced_on', models.DateField(verbose_name='As of')),
                        ('course', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='running_prices', to='courses.course')),
                    ],
                    options={
                        'ordering': ('course', 'kind', 'size', 'region'),
                    },
                ),
                migrations.AddConstraint(
                    model_name='accountlink',
                    constraint=models.UniqueConstraint(django.db.models.functions.text.Lower('role_arn'), condition=models.Q(('role_arn', ''), _negated=True), name='one_link_a_role'),
                ),
                migrations.AddConstraint(
                    model_name='costreminder',
                    constraint=models.UniqueConstraint(fields=('course', 'text'), name='one_cost_reminder_a_text'),
                ),
                migrations.AddConstraint(
                    model_name='finding',
                    constraint=models.UniqueConstraint(fields=('link', 'kind', 'region', 'resource_id'), name='one_finding_a_thing'),
                ),
                migrations.AddConstraint(
                    model_name='runningprice',
                    constraint=models.UniqueConstraint(models.F('course'), models.F('kind'), django.db.models.functions.text.Lower('size'), models.F('region'), name='one_price_a_thing'),
                ),
            ]
        )
    ]
