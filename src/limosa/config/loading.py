"""Files, then variables, then flags: each layer over the one before, into one frozen Settings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from limosa.config.consulted import VARIABLES
from limosa.config.database import Sources, find_url
from limosa.config.durations import LIMIT_NAMES, limits_from
from limosa.config.options import Options
from limosa.config.project import AlembicFiles, Project, alembic_files, find_project
from limosa.config.settings import Settings


def load(  # noqa: PLR0913  # one argument for each flag of the command
    *,
    project: Path | str | None = None,
    environment: str | None = None,
    url: str | None = None,
    config: Path | str | None = None,
    section: str | None = None,
    x: Sequence[str] = (),
    overrides: Mapping[str, Any] | None = None,
    needs_url: bool = True,
    variables: Mapping[str, str] | None = None,
) -> Settings:
    """Load the settings of a project.

    The arguments are the flags of the command. ``overrides`` are limits by name.
    ``needs_url=False`` neither asks for the database nor runs a ``url_command``.
    ``variables`` stand in for the process's environment.
    """
    layers = _Layers(VARIABLES if variables is None else variables)
    start = layers.choose("project", flag=project, variables=("LIMOSA_PROJECT",), default=".")
    named = layers.choose(
        "config", flag=config, variables=("LIMOSA_CONFIG",), default=layers.variables.get("ALEMBIC_CONFIG")
    )
    named_file = None if named is None else Path(named).expanduser().absolute()
    found = find_project(Path(start).expanduser(), config=named_file)
    layers.add(found.place(), found.table)
    own = found.table.get("environment_variable")
    asked = ("LIMOSA_ENV", own) if own else ("LIMOSA_ENV",)
    chosen = layers.choose("environment", flag=environment, variables=asked, default="development")
    layers.add(found.place(chosen), found.environment_table(chosen))
    name = layers.choose("name", flag=section, variables=("LIMOSA_NAME",), default="alembic")
    for place, table in found.section_tables(chosen, name):
        layers.add(place, table)
    files = alembic_files(found, config=named_file, section=name)
    url_variable = layers.choose("url_variable", default="DATABASE_URL")
    limits, limit_origins = limits_from(layers.limits(overrides or {}))
    sources = layers.sources(files, flag=url, url_variable=url_variable, section=name)
    database, origin = find_url(sources) if needs_url else (None, "not asked")
    return Settings(
        root=files.root,
        alembic_file=files.ini or files.toml or files.root,
        alembic_toml=files.toml,
        section=name,
        environment=chosen,
        environments=tuple(found.table.get("environments", {})),
        file=found.file,
        first_id=found.table.get("first_id"),
        allow_reset=found.environment_table(chosen).get("allow_reset"),
        url=database,
        url_variable=url_variable,
        x_arguments=layers.x_arguments(x),
        cache=_cache(found, files.root),
        limits=limits,
        origins={**layers.origins, **limit_origins, "url": origin, "cache": _cache_origin(found)},
    )


class _Layers:
    """The project's tables, the variables and the flags, and which of them gave each value."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self.variables = variables
        self.tables: list[tuple[str, Mapping[str, Any]]] = []
        self.origins: dict[str, str] = {}

    def add(self, place: str, table: Mapping[str, Any]) -> None:
        """Put a more specific table before the others."""
        self.tables.insert(0, (place, table))

    def choose(self, name: str, *, flag: Any = None, variables: Sequence[str] = (), default: Any) -> Any:
        """Return a value from the flag, the variables, the tables or the default, in this order."""
        if flag is not None:
            self.origins[name] = f"flag --{'env' if name == 'environment' else name}"
            return flag
        for variable in variables:
            if self.variables.get(variable):
                self.origins[name] = variable
                return self.variables[variable]
        for place, table in self.tables:
            if name in table:
                self.origins[name] = place
                return table[name]
        self.origins[name] = "default"
        return default

    def sources(self, files: AlembicFiles, *, flag: str | None, url_variable: str, section: str) -> Sources:
        """Gather everything that may name the database."""
        return Sources(
            root=files.root,
            flag=flag,
            variables=self.variables,
            tables=tuple(self.tables),
            url_variable=url_variable,
            is_variable_chosen=self.origins["url_variable"] != "default",
            options=Options(ini=files.ini, toml=files.toml, section=section),
        )

    def limits(self, overrides: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
        """List the layers of limits, the weakest first."""
        layers = [(f"{place} limits", table.get("limits", {})) for place, table in reversed(self.tables)]
        for name in LIMIT_NAMES:
            value = self.variables.get(f"LIMOSA_{name.upper()}")
            if value:
                layers.append((f"LIMOSA_{name.upper()}", {name: value}))
        return [*layers, ("the call", overrides)]

    def x_arguments(self, flags: Sequence[str]) -> tuple[str, ...]:
        """Join the -x arguments of all layers; env.py takes the last of each name."""
        import shlex  # noqa: PLC0415  # few calls have any

        listed = [item for _, table in reversed(self.tables) for item in table.get("x", [])]
        given = shlex.split(self.variables.get("LIMOSA_X", ""))
        origins = [place for place, table in reversed(self.tables) if "x" in table]
        origins += ["LIMOSA_X"] if given else []
        origins += ["flag -x"] if flags else []
        self.origins["x_arguments"] = ", ".join(origins) or "default"
        return (*listed, *given, *flags)


def _cache(project: Project, root: Path) -> Path | None:
    value = project.table.get("cache", True)
    if value is False:
        return None
    return root / ".limosa" / "cache" if value is True else project.folder / Path(value).expanduser()


def _cache_origin(project: Project) -> str:
    return project.place() if "cache" in project.table else "default"
