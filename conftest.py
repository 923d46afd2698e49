"""Loads the fixtures of all tests: those of ``tests/`` and those of each system."""

from __future__ import annotations

from hypothesis import settings

# how long one example takes says more about the machine than about the code
settings.register_profile("limosa", deadline=None, print_blob=True)
settings.load_profile("limosa")

pytest_plugins = (
    "pytester",
    "tests.fixtures.loggers",
    "tests.fixtures.servers",
    "tests.fixtures.targets",
    "tests.fixtures.projects",
    "systems.ocr_identity.tests.identity.header",
)
