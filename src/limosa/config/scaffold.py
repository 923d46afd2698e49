"""The files of ``limosa init``: a whole project, or one file beside an existing Alembic project."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from string import Template

from limosa.config.files import read_ini, read_toml
from limosa.errors import ConfigError

_TEMPLATES = Path(__file__).parent / "templates"
DEFAULT_FOLDER = "migrations"


@dataclass(frozen=True, slots=True)
class Scaffold:
    """What ``init`` writes, and what the person does next; nothing is on disk yet."""

    root: Path
    adopts: Path | None
    """The existing Alembic file that is taken as it is; None for a new project."""
    files: tuple[tuple[Path, str], ...]
    next_steps: tuple[str, ...]


def scaffold(
    project: Path | str | None = None,
    *,
    folder: str = DEFAULT_FOLDER,
    config: Path | str | None = None,
    variables: Mapping[str, str] | None = None,
) -> Scaffold:
    """Plan the files of a project; refuse a folder that already has Limosa's settings.

    ``config`` is Alembic's file where it is not the one that ``alembic`` would find by itself.
    """
    environ = os.environ if variables is None else variables
    root = Path(project or environ.get("LIMOSA_PROJECT") or ".").expanduser().absolute()
    _refuse_settings(root)
    named = config or environ.get("LIMOSA_CONFIG") or environ.get("ALEMBIC_CONFIG")
    existing = (
        _alembic_file(root, folder) if named is None else _named_file(Path(named).expanduser().absolute())
    )
    if existing is not None:
        return _adopted(root, existing)
    return _new(root, folder=folder)


def write(plan: Scaffold) -> tuple[Path, ...]:
    """Write the files of a plan; one that exists is never overwritten."""
    taken = [path for path, _ in plan.files if path.exists()]
    if taken:
        raise ConfigError(
            f"'{taken[0]}' exists already, and nothing was written",
            hint="move it away, or choose another folder: limosa init --folder NAME",
            path=taken[0],
        )
    for path, text in plan.files:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("x", encoding="utf-8") as file:
                file.write(text)
        except OSError as error:
            raise ConfigError(
                f"'{path}' cannot be written: {error.strerror}",
                hint=f"make '{path.parent}' writable",
                path=path,
            ) from None
    return tuple(path for path, _ in plan.files)


def advice_on_older_alembic() -> str | None:
    """Say what a project does for itself on an Alembic that has no plugins (before 1.18)."""
    from importlib.metadata import version  # noqa: PLC0415  # it is slow to load

    installed = version("alembic")
    if tuple(int(part) for part in installed.split(".")[:2]) >= (1, 18):
        return None
    return (
        f"Alembic {installed} has no plugins: on SQLite, or with include_schemas=True, let env.py's"
        " include_name leave out 'limosa_*' and the schema 'limosa', or 'alembic check' sees Limosa's"
        " tables (how-to: adopt an Alembic project)"
    )


def _adopted(root: Path, existing: Path) -> Scaffold:
    advice = advice_on_older_alembic()
    is_found = existing.parent == root and existing.name in {"alembic.ini", "pyproject.toml"}
    return Scaffold(
        root=root,
        adopts=existing,
        files=((root / "limosa.toml", _settings(None if is_found else existing, root)),),
        next_steps=(
            "export DATABASE_URL=...   (not needed where env.py finds the database itself)",
            "limosa status             shows where the database stands",
            "limosa upgrade            takes it to the head",
            *(() if advice is None else (advice,)),
        ),
    )


def _new(root: Path, *, folder: str) -> Scaffold:
    scripts = root / folder
    texts = {
        root / "alembic.ini": _filled("alembic.ini", folder=folder),
        root / "limosa.toml": _filled("limosa.toml"),
        scripts / "env.py": _filled("env.py", database=_database_name(root)),
        scripts / "script.py.mako": _text("script.py.mako"),
        scripts / "versions" / ".gitkeep": "",
    }
    return Scaffold(
        root=root,
        adopts=None,
        files=tuple(texts.items()),
        next_steps=(
            f"edit {folder}/env.py and set target_metadata to your models",
            "export DATABASE_URL=...   (a SQLite file is used without it)",
            'limosa create "initial schema"',
            "limosa upgrade",
        ),
    )


def _settings(config: Path | None, root: Path) -> str:
    """Write limosa.toml; in it the place of Alembic's file, where that must be named."""
    text = _filled("limosa.toml")
    if config is None:
        return text
    place = json.dumps(Path(os.path.relpath(config, root)).as_posix(), ensure_ascii=False)
    return f"# Alembic's own file, and env.py with it.\nconfig = {place}\n\n{text}"


def _text(name: str) -> str:
    return (_TEMPLATES / f"{name}.tmpl").read_text(encoding="utf-8")


def _filled(name: str, **values: str) -> str:
    return Template(_text(name)).substitute(values)


def _database_name(root: Path) -> str:
    return "".join(letter if letter.isalnum() else "_" for letter in root.name) or "app"


def _refuse_settings(root: Path) -> None:
    own, shared = root / "limosa.toml", root / "pyproject.toml"
    has_table = shared.is_file() and "limosa" in read_toml(shared).get("tool", {})
    if own.exists() or has_table:
        place = own if own.exists() else shared
        raise ConfigError(
            f"'{place}' already has Limosa's settings, and nothing was written",
            hint="go on with: limosa status",
            path=place,
        )


def _named_file(path: Path) -> Path:
    if not path.is_file():
        raise ConfigError(
            f"Alembic's configuration file '{path}' does not exist",
            hint="correct --config or LIMOSA_CONFIG",
            path=path,
        )
    _ = read_toml(path) if path.suffix == ".toml" else read_ini(path)
    return path


def _alembic_file(root: Path, folder: str) -> Path | None:
    ini, shared, beside_env = root / "alembic.ini", root / "pyproject.toml", root / folder / "alembic.ini"
    if ini.is_file():
        read_ini(ini)
        return ini
    if shared.is_file() and "alembic" in read_toml(shared).get("tool", {}):
        return shared
    # where Flask-Migrate puts it
    return beside_env if beside_env.is_file() else None
