"""Loads the fixtures of all tests: those of ``tests/`` and those of each system."""

from __future__ import annotations

pytest_plugins = ("tests.fixtures.servers", "tests.fixtures.targets", "tests.fixtures.projects")
