"""The checks as items of a run: ``limosa::single_head``, ``limosa::round_trip[sqlite]`` and so on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import pytest

from limosa.testing.checking import CHECKS, nothing_left, run, single_head
from limosa.testing.current import workshop_of
from limosa.testing.failure import sentence_of
from limosa.testing.options import engines_of, project_of
from limosa.testing.workshop import Workshop


class Checks(pytest.Collector):
    """The checks of the run's project; there is no file behind it."""

    chosen: tuple[str, ...] = ()

    @classmethod
    def of(cls, session: pytest.Session, names: Iterable[str]) -> Checks:
        """Make the collector of the checks named, all where that is ``true``."""
        made: Checks = cls.from_parent(session, name="limosa", nodeid="limosa")
        made.chosen = _chosen(names)
        made.add_marker("limosa_check")
        return made

    def collect(self) -> Iterator[pytest.Item]:
        """One item for each check and engine."""
        for name in self.chosen:
            engines = [None] if name == single_head.__name__ else engines_of(self.config, self) or ()
            for engine in engines:
                label = name if engine is None else f"{name}[{engine}]"
                yield CheckItem.from_parent(self, name=label, check=name, engine=engine)


class CheckItem(pytest.Item):
    """One check on one engine."""

    def __init__(self, *, check: str, engine: str | None, **options: Any) -> None:
        super().__init__(**options)
        self._check = check
        self._engine = engine

    def runtest(self) -> None:
        """Run the check."""
        perform(self._check, workshop_of(self.config), self._engine, config=self.config)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """What is wrong, in a few lines: the code that found it is no help."""
        return sentence_of(excinfo.value) or super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Any, int | None, str]:
        """Where it belongs: to the project as a whole."""
        return project_of(self.config), None, f"limosa::{self.name}"


def perform(name: str, workshop: Workshop, engine: str | None, *, config: pytest.Config) -> None:
    """Run a check as the settings want it."""
    one_way = config.getini("limosa_one_way")
    if one_way and name == nothing_left.__name__:
        pytest.skip(f"limosa_one_way: {', '.join(one_way)} cannot go back")
    run(name, workshop, engine, one_way=one_way)


def _chosen(names: Iterable[str]) -> tuple[str, ...]:
    wanted = [*names]
    if wanted in (["true"], ["all"]):
        return tuple(CHECKS)
    if wanted == ["false"]:
        return ()
    unknown = [name for name in wanted if name not in CHECKS]
    if unknown:
        raise pytest.UsageError(f"limosa knows no check '{unknown[0]}'; there are: {', '.join(CHECKS)}")
    return tuple(wanted)
