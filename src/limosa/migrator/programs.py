"""The programs of others that we call: where they are found, and how to get one that is missing."""

from __future__ import annotations

import shutil
from pathlib import Path

from limosa.errors import ProgramMissing

OF_POSTGRESQL = ("psql", "pg_dump")
OF_SQLITE = ("sqlite3",)
_PACKAGES = {
    "apt-get": ("postgresql-client", "sqlite3"),
    "dnf": ("postgresql", "sqlite"),
    "apk": ("postgresql-client", "sqlite"),
    "pacman": ("postgresql", "sqlite"),
    "brew": ("libpq", "sqlite"),
}
_INSTALL = {"apk": "add", "pacman": "-S"}


def find(name: str) -> Path | None:
    """Find a program on the PATH; PostgreSQL's also among the scratch servers, the newest first."""
    on_path = shutil.which(name)
    if on_path:
        return Path(on_path)
    if name not in OF_POSTGRESQL:
        return None
    from limosa.scratch import providers  # noqa: PLC0415  asks every server program there is

    for provider in sorted(providers(), key=lambda one: one.major, reverse=True):
        if provider.bindir is not None and (provider.bindir / name).is_file():
            return provider.bindir / name
    return None


def needed(name: str) -> Path:
    """Find a program; raise ProgramMissing, which says how to get it."""
    found = find(name)
    if found is None:
        raise ProgramMissing(f"the program '{name}' is not on this machine", hint=remedy(name), program=name)
    return found


def remedy(name: str) -> str:
    """Return the command that brings a program, for the package manager that this machine has."""
    is_postgresql = name in OF_POSTGRESQL
    for manager, packages in _PACKAGES.items():
        if shutil.which(manager):
            package = packages[0] if is_postgresql else packages[1]
            return f"{manager} {_INSTALL.get(manager, 'install')} {package}"
    if is_postgresql:
        return "install PostgreSQL's client programs, or: pip install 'limosa[embedded]'"
    return "install SQLite's command line program: https://sqlite.org/download.html"
