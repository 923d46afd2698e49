"""The OpenAPI schema is kept: whatever it allows, and whatever it does not, is answered as it says."""

from __future__ import annotations

import subprocess
from pathlib import Path

from systems.file_platform.tests.system import PROGRAMS, TOKEN, Served, System

CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"


def test_no_request_makes_the_service_fail(running: System, served: Served, tmp_path: Path) -> None:
    """Schemathesis finds no server error and no undocumented answer on any operation, with all rights."""
    with served.tenant() as client:
        key = client.headers["X-API-Key"]
    words = ["--checks", CHECKS, "--max-examples", "3", "--seed", "1", "--no-color", "--warnings", "off"]
    headers = ["--header", f"X-API-Key: {key}", "--header", f"X-Admin-Token: {TOKEN}"]

    done = subprocess.run(
        [PROGRAMS / "schemathesis", "run", f"{served.address}/openapi.json", *words, *headers],
        cwd=tmp_path,
        env=running.environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert "Selected: 18/18" in done.stdout
    assert "Traceback" not in served.log.read_text()
