"""Whatever the OpenAPI schema allows, and much that it does not, is answered without a server error."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.identity.service import Person, Service

COMMAND = (
    "schemathesis",
    "run",
    "--checks",
    "not_a_server_error",
    "--no-color",
    "--generation-database",
    "none",
)
EXAMPLES = "12"


@pytest.mark.parametrize("is_signed_in", [True, False], ids=["signed in", "nobody"])
def test_no_request_makes_a_server_error(
    service: Service, person: Person, tmp_path: Path, *, is_signed_in: bool
) -> None:
    """Schemathesis sends generated requests to every route; with a token to all but the end of its user."""
    token = ("--header", f"Authorization: {person.client.headers['authorization']}")
    who = (*token, "--exclude-path", "/users/me") if is_signed_in else ()
    words = (*COMMAND, "--max-examples", EXAMPLES, "--seed", "1", *who, f"{service.url}/openapi.json")
    done = service.system.having(PYTHONWARNINGS="ignore", HOME=os.fspath(tmp_path)).run(
        *words, cwd=tmp_path, expect=None
    )

    assert done.returncode == 0, done.stdout[-4000:] + done.stderr
    assert "No issues found" in done.stdout
    assert service.process.poll() is None
    assert "Traceback" not in service.log.read_text()
