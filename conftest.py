"""Loads the fixtures of all tests: those of ``tests/`` and those of each system."""

from __future__ import annotations

from pathlib import Path

from hypothesis import settings

ROOT = Path(__file__).parent
HEADERS = tuple(
    ".".join(path.relative_to(ROOT).with_suffix("").parts)
    for path in ROOT.glob("systems/*/tests/**/header.py")
)
"""What each system's tests say in the report's header; a conftest.py below is read too late for that."""

# how long one example takes says more about the machine than about the code
settings.register_profile("limosa", deadline=None, print_blob=True)
settings.load_profile("limosa")

pytest_plugins = (
    "pytester",
    "tests.fixtures.loggers",
    "tests.fixtures.servers",
    "tests.fixtures.targets",
    "tests.fixtures.projects",
    *HEADERS,
)
