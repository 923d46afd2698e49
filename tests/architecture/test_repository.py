"""The repository works anywhere: no path of one machine, no host in a lock file, every version pinned."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from tests.architecture.sources import ROOT, text_files

# put together here, so that this file does not find itself
_HOMES = ("/" + "home", "/" + "Users", "C:" + r"\\Users")
_MACHINE_PATH = re.compile(
    "|".join([*(f"{home}[/\\\\]\\w" for home in _HOMES), "/" + r"root/\w", "/" + r"work/\w"])
)
_PIN = re.compile(r"^([a-z0-9._-]+)==([\w.!+-]+)", re.MULTILINE)
_NAME = re.compile(r"^[A-Za-z0-9._-]+")
LOCKS = ("run", "dev")


def lock(name: str) -> str:
    """Return a lock file with its continued lines joined."""
    return (ROOT / "requirements" / f"{name}.txt").read_text().replace("\\\n", "")


def pins(name: str) -> set[tuple[str, str]]:
    """Return name and version of all that a lock file installs."""
    return set(_PIN.findall(lock(name)))


def wanted() -> dict[str, list[str]]:
    """Return what pyproject.toml of the package and of each system asks for, by lock file."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    systems = [tomllib.loads(path.read_text()) for path in ROOT.glob("systems/*/pyproject.toml")]
    groups = project["dependency-groups"]
    run = [
        *project["project"]["dependencies"],
        *project["project"]["optional-dependencies"]["embedded"],
        *groups["build"],
        *groups["demo"],
        *(entry for system in systems for entry in system["project"].get("dependencies", [])),
    ]
    return {"run": run, "dev": [*run, *groups["dev"]]}


@pytest.mark.parametrize("path", text_files(), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_path_of_one_machine(path: Path) -> None:
    """Whatever is written down holds on every machine."""
    text = path.read_text(encoding="utf-8", errors="replace")
    lines = [
        f"{number}: {line}" for number, line in enumerate(text.splitlines(), 1) if _MACHINE_PATH.search(line)
    ]
    assert not lines, "\n".join(lines)


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_names_no_host(name: str) -> None:
    """Where packages come from is the business of whoever installs them."""
    text = lock(name)
    assert "://" not in text
    assert not re.search(r"--(index|extra-index|find|trusted)", text)


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_pins_version_and_content_of_everything(name: str) -> None:
    """Each line has one version and at least one hash."""
    lines = [line for line in lock(name).splitlines() if line.strip() and not line.startswith("#")]
    loose = [line for line in lines if not _PIN.match(line) or "--hash=sha256:" not in line]
    assert lines
    assert not loose, loose


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_holds_what_pyproject_asks_for(name: str) -> None:
    """A dependency that was added without ``make lock`` is found here, not on a fresh machine."""
    locked = {_canonical(package) for package, _ in pins(name)}
    asked = {_canonical(match[0]) for entry in wanted()[name] if (match := _NAME.match(entry))} - {"limosa"}
    assert asked <= locked, f"run 'make lock': {sorted(asked - locked)}"


def test_tests_run_on_what_users_run_on() -> None:
    """The lock of the tests adds to the other and changes nothing in it."""
    assert pins("run") <= pins("dev")


def _canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
