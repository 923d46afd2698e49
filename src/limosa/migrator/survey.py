"""Several environments of one project, each looked at by itself; one that cannot be is an answer, too."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from limosa.errors import LimosaError, UsageError
from limosa.migrator.migrator import Migrator
from limosa.migrator.standing import Judge
from limosa.model.status import State, Status


@dataclass(frozen=True, slots=True)
class Surveyed:
    """One environment: where its databases stand, and who can be asked more, if anybody."""

    environment: str
    statuses: tuple[Status, ...]
    migrator: Migrator | None


def survey(
    project: Migrator, environments: Iterable[str], opened: Callable[[str], Migrator]
) -> tuple[Surveyed, ...]:
    """Look at each environment; ``project`` knows the revisions, whatever the environment."""
    names = tuple(dict.fromkeys(environments))
    return tuple(_surveyed(project, name, opened, is_alone=len(names) == 1) for name in names)


def _surveyed(project: Migrator, name: str, opened: Callable[[str], Migrator], *, is_alone: bool) -> Surveyed:
    _ = project.graph  # what is wrong with the files is wrong everywhere
    try:
        migrator = opened(name)
        if not is_alone:
            _check_own_database(migrator)
        return Surveyed(name, migrator.statuses(), migrator)
    except UsageError:
        raise
    except LimosaError as error:
        unknown = Judge(project.graph, name).status(State.UNREACHABLE, None, reason=error.message)
        return Surveyed(name, (unknown,), None)


def _check_own_database(migrator: Migrator) -> None:
    origin = migrator.settings.origins.get("url", "")
    if origin in {"flag --url", "LIMOSA_URL"}:
        raise UsageError(
            f"{origin.removeprefix('flag ')} names one database, and several environments were asked for",
            hint="leave it out, or name one environment",
        )
