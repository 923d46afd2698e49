"""What of this system cannot run here, for the header of the report; the root's conftest.py loads it."""

from __future__ import annotations

from systems.file_platform.tests.acceptance_blocks import NOT_RUN_HERE


def pytest_report_header() -> str:
    """Name what of the document's blocks and of deploy/ cannot run in a test."""
    return f"file_platform, not run here: {'; '.join(NOT_RUN_HERE)}"
