"""Compose files and Dockerfile: valid, without a credential, and their commands work as they stand."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.identity.project import SYSTEM, System
from tests.identity.service import free_port, serving

FILES = {"development": "docker-compose.dev.yml", "staging": "docker-compose.staging.yml"}
FILES["production"] = "docker-compose.prod.yml"
_VARIABLE = re.compile(r"\$\{(\w+)(?::[?-]([^}]*))?\}")


def compose(name: str) -> dict[str, Any]:
    """Return a Compose file."""
    found: dict[str, Any] = yaml.safe_load((SYSTEM / FILES[name]).read_text(encoding="utf-8"))
    return found


@pytest.mark.parametrize("name", FILES)
def test_each_compose_file_is_valid(on_sqlite: System, name: str) -> None:
    """It keeps the schema of the Compose specification, and Docker's own reading where that is there."""
    on_sqlite.run("check-jsonschema", "--builtin-schema", "vendor.compose-spec", FILES[name])
    if (
        shutil.which("docker")
        and subprocess.run(["docker", "compose", "version"], check=False).returncode == 0
    ):
        on_sqlite.having(name).run("docker", "compose", "-f", FILES[name], "config", "--quiet")


@pytest.mark.parametrize("name", FILES)
def test_each_compose_file_migrates_before_it_serves(name: str) -> None:
    """Whatever serves or works waits until the migration has ended well."""
    services = compose(name)["services"]
    served = {key: one for key, one in services.items() if "app" in key or "worker" in key}

    assert {*served} == ({"app"} if name == "development" else {"app", "worker"})
    for one in served.values():
        assert one["depends_on"] == {"migrate": {"condition": "service_completed_successfully"}}
    assert services["migrate"]["command"] == ["python", "scripts/migrate.py", "--all", "upgrade"]


@pytest.mark.parametrize("name", FILES)
def test_the_commands_of_a_compose_file_work(on_postgresql: System, tmp_path: Path, name: str) -> None:
    """Its migration, server, probe and worker run as written, with the variables that it names."""
    services, system = compose(name)["services"], on_postgresql.having(name)
    asked = {key for key in services["app"]["environment"] if key.endswith(("_URL", "_KEY"))}
    assert asked <= {*system.variables}
    if name == "production":  # the same command in each file; the start script does it, too
        system.run(*services["migrate"]["command"])
    with serving(system, tmp_path / "log", *services["app"]["command"]) as service:
        probe = services["app"]["healthcheck"]["test"][1:]
        own = f":{service.url.rpartition(':')[2]}/"
        probe = [word.replace(":8000/", own) for word in probe]
        system.run(*probe)
        if name == "production":
            system.run(*services["worker"]["command"], "--drain")
    assert (system.settings.worker_threads > 0) == ("worker" not in services)


def test_the_probe_of_a_compose_file_fails_where_nothing_serves(on_sqlite: System) -> None:
    """The health check is no ornament."""
    probe = compose("production")["services"]["app"]["healthcheck"]["test"][1:]
    port = free_port()
    done = on_sqlite.run(*(word.replace(":8000/", f":{port}/") for word in probe), expect=None)

    assert done.returncode != 0


def test_no_file_of_the_project_holds_a_credential() -> None:
    """No URL with a password, no secret with a default outside development, no key."""
    listed = subprocess.run(["git", "ls-files", "."], cwd=SYSTEM, capture_output=True, text=True, check=True)
    files = [SYSTEM / name for name in listed.stdout.split() if not name.startswith("tests/")]
    url = re.compile(r"\w+://[^\s/@:$]+:[^\s/@$<]+@")
    assert len(files) > 40
    for file in files:
        assert not url.search(file.read_text(encoding="utf-8")), file
    for name in ("staging", "production"):
        environment = compose(name)["services"]["app"]["environment"]
        for key in (key for key in environment if key.endswith(("_URL", "_KEY"))):
            found = _VARIABLE.fullmatch(environment[key])
            assert found is not None
            assert ":?" in environment[key]


def test_the_image_has_what_the_commands_need() -> None:
    """The Dockerfile installs Tesseract, copies what is there, and is an ordinary user in the folder."""
    text = (SYSTEM / "Dockerfile").read_text(encoding="utf-8")
    root = SYSTEM.parents[1]
    copied = [word for line in re.findall(r"^COPY (.*)$", text, re.MULTILINE) for word in line.split()[:-1]]

    assert "tesseract-ocr" in text
    assert "WORKDIR /service\nUSER service" in text
    assert all((root / word).exists() for word in copied)
    assert all(os.access(SYSTEM / f"start-{name}.sh", os.X_OK) for name in ("dev", "staging", "prod"))
