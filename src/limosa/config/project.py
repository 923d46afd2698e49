"""Finding a project: its folder, the file with Limosa's settings, and the files with Alembic's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from limosa.config.files import read_ini, read_toml
from limosa.config.keys import ENVIRONMENT_KEYS, NAME_KEYS, PROJECT_KEYS, check, unknown
from limosa.errors import ConfigError


class Project(NamedTuple):
    """A folder with an Alembic project in it, and what its own files say.

    ``file`` holds Limosa's settings (None where there are none), ``prefix`` the name of
    their table in it, empty in a limosa.toml.
    """

    folder: Path
    file: Path | None = None
    prefix: str = ""
    table: Mapping[str, Any] = MappingProxyType({})

    def place(self, environment: str | None = None, *, section: str | None = None) -> str:
        """Name the table that a setting stands in, for messages and origins."""
        parts = [
            self.prefix,
            f"environments.{environment}" if environment else "",
            f"names.{section}" if section else "",
        ]
        name = ".".join(part for part in parts if part)
        file = "" if self.file is None else self.file.name
        return f"{file} [{name}]" if name else file

    def environment_table(self, name: str) -> Mapping[str, Any]:
        """Return the table of an environment; one that is not there is refused if others are."""
        tables: Mapping[str, Any] = self.table.get("environments", {})
        if tables and name not in tables and name != self.table.get("environment", "development"):
            raise unknown(name, tables, what="environment", place=self.place() or str(self.folder))
        table: Mapping[str, Any] = tables.get(name, {})
        return table

    def section_tables(self, environment: str, section: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Yield what is said of one section of the ini file: in general, then in the environment."""
        for table, chosen in ((self.table, None), (self.environment_table(environment), environment)):
            yield self.place(chosen, section=section), table.get("names", {}).get(section, {})


class AlembicFiles(NamedTuple):
    """The files that plain Alembic would read, and the folder in which it would be called."""

    root: Path
    ini: Path | None
    toml: Path | None


def find_project(start: Path, *, config: Path | None = None) -> Project:
    """Search a folder and those above it for a project; with ``config`` none is needed."""
    start = start.absolute()
    if not start.is_dir():
        raise ConfigError(
            f"project folder '{start}' does not exist", hint="correct --project or LIMOSA_PROJECT", path=start
        )
    for folder in (start, *start.parents):
        project = _project_in(folder)
        if project is not None:
            return _owner_of(project)
    if config is not None:
        return Project(folder=start)
    raise ConfigError(
        f"no limosa.toml, alembic.ini or [tool.alembic] in '{start}' or a folder above it",
        hint="start a project with: limosa init",
        path=start,
    )


def alembic_files(project: Project, *, config: Path | None, section: str) -> AlembicFiles:
    """Find the Alembic files of a project; ``config`` is the file that was named, as by ``-c``."""
    named = config or _named_in(project)
    if named is None:
        ini, toml = project.folder / "alembic.ini", project.folder / "pyproject.toml"
    elif not named.is_file():
        raise ConfigError(
            f"Alembic's configuration file '{named}' does not exist",
            hint="correct --config, LIMOSA_CONFIG or 'config' in the project's file",
            path=named,
        )
    elif named.suffix == ".toml":
        ini, toml = named.parent / "alembic.ini", named
    else:
        ini, toml = named, named.parent / "pyproject.toml"
    found = AlembicFiles(
        root=project.folder,
        ini=ini if ini.is_file() else None,
        toml=toml if _has_table(toml, "alembic") else None,
    )
    if found.ini is None and found.toml is None:
        raise ConfigError(
            f"'{project.folder}' has no alembic.ini and no [tool.alembic] in a pyproject.toml",
            hint="start a project with: limosa init",
            path=project.folder,
        )
    home = (found.ini or found.toml or project.folder).parent
    return found if home == project.folder else _called_from(found, home, section=section)


def _project_in(folder: Path) -> Project | None:
    own, shared = folder / "limosa.toml", folder / "pyproject.toml"
    tool = read_toml(shared).get("tool", {}) if shared.is_file() else {}
    if own.is_file() and "limosa" in tool:
        raise ConfigError(
            f"settings are both in '{own}' and in [tool.limosa] of '{shared}'",
            hint="keep one of the two",
            path=own,
        )
    if own.is_file():
        return _checked(Project(folder=folder, file=own, table=read_toml(own)))
    if "limosa" in tool:
        return _checked(Project(folder=folder, file=shared, prefix="tool.limosa", table=tool["limosa"]))
    if "alembic" in tool or (folder / "alembic.ini").is_file():
        return Project(folder=folder)
    return None


def _checked(project: Project) -> Project:
    file = project.file or project.folder
    if not isinstance(project.table, dict):
        raise ConfigError(
            f"'{project.prefix}' in '{file}' must be a table", hint=f"correct '{file}'", path=file
        )
    check(project.table, PROJECT_KEYS, place=project.place(), path=file)
    _check_names(project, project.table, None)
    for name, table in project.table.get("environments", {}).items():
        if not isinstance(table, dict):
            raise ConfigError(
                f"environment '{name}' in '{file}' must be a table", hint=f"correct '{file}'", path=file
            )
        check(table, ENVIRONMENT_KEYS, place=project.place(name), path=file)
        _check_names(project, table, name)
    return project


def _check_names(project: Project, table: Mapping[str, Any], environment: str | None) -> None:
    file = project.file or project.folder
    for section, names in table.get("names", {}).items():
        place = project.place(environment, section=section)
        if not isinstance(names, dict):
            raise ConfigError(f"{place} must be a table", hint=f"correct '{file}'", path=file)
        check(names, NAME_KEYS, place=place, path=file)


def _owner_of(project: Project) -> Project:
    # An Alembic folder below the one whose settings name it must not escape those settings.
    if project.file is not None:
        return project
    for folder in project.folder.parents:
        above = _project_in(folder)
        named = None if above is None else _named_in(above)
        if above is not None and named is not None and named.parent.resolve() == project.folder.resolve():
            return above
    return project


def _named_in(project: Project) -> Path | None:
    name = project.table.get("config")
    return None if name is None else project.folder / Path(name).expanduser()


def _has_table(path: Path, name: str) -> bool:
    return path.is_file() and name in read_toml(path).get("tool", {})


def _called_from(files: AlembicFiles, home: Path, *, section: str) -> AlembicFiles:
    # A relative script_location counts from the folder in which Alembic is called, and the
    # file does not say which that is: it is the one from which the folder is there.
    location = _raw_location(files, section=section)
    if location is None or (not Path(location).is_absolute() and (files.root / location).is_dir()):
        return files
    return AlembicFiles(root=home, ini=files.ini, toml=files.toml)


def _raw_location(files: AlembicFiles, *, section: str) -> str | None:
    if files.ini is not None:
        parser = read_ini(files.ini)
        if parser.has_option(section, "script_location"):
            return parser.get(section, "script_location", raw=True)
    if files.toml is None:
        return None
    location = read_toml(files.toml)["tool"]["alembic"].get("script_location")
    return location if isinstance(location, str) else None
