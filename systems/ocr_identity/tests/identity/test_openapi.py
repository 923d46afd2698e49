"""Whatever the OpenAPI schema allows, and much that it does not, is answered without a server error."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.identity.service import Person, Service

COMMAND = ("schemathesis", "run", "--checks", "not_a_server_error", "--no-color")
PHASES = ("--phases", "coverage,fuzzing", "--generation-database", "none")
EXAMPLES = ("--max-examples", "6", "--seed", "1")


@pytest.mark.parametrize("service", ["postgresql"], indirect=True)  # what no engine does otherwise
def test_no_request_makes_a_server_error(service: Service, person: Person, tmp_path: Path) -> None:
    """Schemathesis sends generated requests to every route but the one that ends its user."""
    who = (
        "--header",
        f"Authorization: {person.client.headers['authorization']}",
        "--exclude-path",
        "/users/me",
    )
    words = (*COMMAND, *PHASES, *EXAMPLES, *who, f"{service.url}/openapi.json")
    quiet = service.system.having(PYTHONWARNINGS="ignore", HOME=os.fspath(tmp_path))
    done = quiet.run(*words, cwd=tmp_path, expect=None)

    assert done.returncode == 0, done.stdout[-4000:] + done.stderr
    assert " passed" in done.stdout
    assert "failed" not in done.stdout
    assert service.process.poll() is None
    assert "Traceback" not in service.log.read_text()
