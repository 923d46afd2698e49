"""What every part stands on: settings, the database, migrations, errors, figures."""
