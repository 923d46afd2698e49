"""What of this system cannot run here, for the header of the report; the root's conftest.py loads it."""

from __future__ import annotations

import shutil
import subprocess

CANNOT_RUN = (
    "docker-compose -f docker-compose.{dev,staging,prod}.yml exec app alembic upgrade head",
    "docker-compose ps postgres",
)
"""Of the commands of the system's document: they need a Docker engine."""


def pytest_report_header() -> list[str]:
    """Say what is not run, and why."""
    why = "without a Docker engine" if not is_docker_there() else "as it would start containers"
    lines = [f"ocr_identity, not run {why}: {'; '.join(CANNOT_RUN)}"]
    if shutil.which("tesseract") is None:
        lines.append("ocr_identity, not run without tesseract (apt install tesseract-ocr): reading pictures")
    return lines


def is_docker_there() -> bool:
    """Say whether an engine answers; the command alone is not enough."""
    if shutil.which("docker") is None:
        return False
    try:
        return subprocess.run(["docker", "info"], capture_output=True, timeout=5, check=False).returncode == 0
    except subprocess.TimeoutExpired:
        return False
