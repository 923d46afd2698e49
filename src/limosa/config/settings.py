"""The settings of one project in one environment, each value knowing where it came from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from limosa.model.limits import Limits
from limosa.model.url import DatabaseURL


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a project says about itself, and what the caller said over it.

    ``url`` is None where only env.py knows the database; it is asked then.
    ``origins`` maps a setting's name to the file, variable or flag that gave it.
    """

    root: Path
    """The folder in which plain ``alembic`` would be called."""
    alembic_file: Path
    """``alembic.ini``, or the ``pyproject.toml`` that holds ``[tool.alembic]``."""
    alembic_toml: Path | None = None
    """The ``pyproject.toml`` whose ``[tool.alembic]`` counts; may stand beside an ini file."""
    section: str = "alembic"
    """The ini section, as by ``-n``."""
    environment: str = "development"
    environments: tuple[str, ...] = ()
    """All that the project's file has a table for."""
    file: Path | None = None
    """The file with Limosa's own settings; None where there are none."""
    first_id: str | None = None
    """The id of a new project's first revision; None for the usual one."""
    allow_reset: bool | None = None
    """May ``reset`` drop everything? None where the environment's name decides."""
    url: DatabaseURL | None = None
    url_variable: str = "DATABASE_URL"
    """The variable in which the project keeps its URL; given to env.py for the time of a run."""
    x_arguments: tuple[str, ...] = ()
    cache: Path | None = None
    """Folder of the graph's index cache; None for none."""
    limits: Limits = field(default_factory=Limits)
    origins: Mapping[str, str] = field(default_factory=dict)

    @property
    def alembic_ini(self) -> Path | None:
        """The ini file, where the project has one."""
        return None if self.alembic_file == self.alembic_toml else self.alembic_file
