"""The ``limosa`` command: parses, calls ``limosa.migrator`` and prints; decides nothing, holds no SQL."""
