"""The database refuses to change or delete readings and the log of a paper's states."""

from django.db import migrations

from extraction.append_only import triggers


class Migration(migrations.Migration):
    dependencies = [("extraction", "0001_initial")]

    operations = triggers("extraction_paperevent", "extraction_reading")
