"""The folders and file names of an Alembic project, read without Alembic and by its rules.

Relative paths count from the folder in which Alembic is called.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from limosa.config.consulted import VARIABLES
from limosa.config.options import Options
from limosa.config.settings import Settings
from limosa.errors import ConfigError


@dataclass(frozen=True, slots=True, kw_only=True)
class AlembicFacts:
    """The options of an Alembic project that matter outside Alembic; all paths are absolute."""

    script_location: Path
    version_locations: tuple[Path, ...]
    recursive_version_locations: bool
    sourceless: bool
    prepend_sys_path: tuple[Path, ...]
    file_template: str
    has_file_template: bool
    """Did the project choose its file names, or is it Alembic's default?"""
    truncate_slug_length: int
    timezone: str | None
    output_encoding: str
    revision_environment: bool
    databases: tuple[str, ...]
    """The names of a multidb project; empty for a single database."""

    @property
    def env_file(self) -> Path:
        """The project's env.py."""
        return self.script_location / "env.py"

    @property
    def template_file(self) -> Path:
        """The template of new revisions."""
        return self.script_location / "script.py.mako"


def alembic_facts(settings: Settings) -> AlembicFacts:
    """Read the Alembic options of a project."""
    return facts_of(Options.of(settings), settings.root)


def facts_of(found: Options, root: Path) -> AlembicFacts:
    """Read the options of a project in whose folder Alembic is called."""
    prepended = found.paths("prepend_sys_path", "path_separator", legacy=r", *|(?: +)|:") or ()
    search = tuple(root / Path(path) for path in prepended)
    location = found.text("script_location") or _beside(found.ini)
    if location is None:
        raise ConfigError(
            f"no 'script_location' in '{found.file}'",
            hint="name the folder with env.py: script_location = migrations",
            path=found.file,
            setting="script_location",
        )
    scripts = _located(location, root=root, search=search)
    versions = found.paths(
        "version_locations", "path_separator", "version_path_separator", legacy=r", *|(?: +)"
    )
    template = found.text("file_template")
    return AlembicFacts(
        script_location=scripts,
        version_locations=tuple(_located(path, root=root, search=search) for path in versions or ())
        or (scripts / "versions",),
        recursive_version_locations=found.flag("recursive_version_locations"),
        sourceless=found.flag("sourceless"),
        prepend_sys_path=search,
        file_template=template or "%(rev)s_%(slug)s",
        has_file_template=template is not None,
        truncate_slug_length=int(found.text("truncate_slug_length") or 40),
        timezone=found.text("timezone"),
        output_encoding=found.text("output_encoding") or "utf-8",
        revision_environment=found.flag("revision_environment"),
        databases=tuple(re.findall(r"[^,\s]+", found.text("databases") or "")),
    )


def _beside(ini: Path | None) -> str | None:
    """Flask-Migrate keeps the ini file in the folder of env.py, and does not say so in it."""
    return None if ini is None or not (ini.parent / "env.py").is_file() else str(ini.absolute().parent)


def _located(location: str, *, root: Path, search: tuple[Path, ...]) -> Path:
    """Turn a location into an absolute path; ``package:folder`` is found without importing the package."""
    if ":" not in location or Path(location).is_absolute():
        return Path(os.path.normpath(root / location))
    package, *inside = location.split(":")
    folder = _package_folder(package, [str(path) for path in (*search, root)])
    if folder is None:
        raise ConfigError(
            f"the package of script_location or version_locations '{location}' is not to be found",
            hint="install the package, or add its folder to prepend_sys_path",
            setting="script_location",
        )
    return folder.joinpath(*inside)


def _package_folder(package: str, search: list[str]) -> Path | None:
    VARIABLES.is_all = False  # where a package is hangs on the whole of the search path
    import importlib.util  # noqa: PLC0415  # few projects keep their scripts in a package
    import sys  # noqa: PLC0415
    from importlib.machinery import PathFinder  # noqa: PLC0415

    top, *rest = package.split(".")
    spec = PathFinder.find_spec(top, [*search, *sys.path]) or importlib.util.find_spec(top)
    name = top
    for part in rest:
        if spec is None or spec.submodule_search_locations is None:
            return None
        name = f"{name}.{part}"
        spec = PathFinder.find_spec(name, list(spec.submodule_search_locations))
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(next(iter(spec.submodule_search_locations))).absolute()
