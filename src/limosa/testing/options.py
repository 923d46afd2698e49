"""What pytest's options and markers say, as values of ours."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from limosa.config import load
from limosa.config.testing import server_for_tests
from limosa.errors import ConfigError, LimosaError
from limosa.testing.workshop import ENGINES, Wishes


def wishes_of(config: pytest.Config) -> Wishes:
    """Read the options of a run."""
    major = str(config.getini("limosa_postgresql") or "")
    if major and not major.isdigit():
        raise ConfigError(
            f"limosa_postgresql must be a major version, and '{major}' is none",
            hint="limosa_postgresql = 16",
            setting="limosa_postgresql",
        )
    # without pytest's cache a template serves its run, and no later one
    cache = getattr(config, "cache", None)
    return Wishes(
        project=project_of(config),
        environment=config.getini("limosa_environment") or None,
        server=server_for_tests(config.getoption("--limosa-url")),
        major=int(major) if major else None,
        cache=None if cache is None else Path(cache.mkdir("limosa")),
    )


def project_of(config: pytest.Config) -> Path:
    """The folder of the project that is tested."""
    home = config.rootpath if config.inipath is None else config.inipath.parent
    return home / str(config.getini("limosa_project") or ".")


def engines_of(config: pytest.Config, test: pytest.Item | pytest.Collector) -> Sequence[str] | None:
    """The engines of a test: its marker's, else those of the run; None where the test chooses itself."""
    for mark in test.iter_markers("parametrize"):
        names = mark.args[0] if mark.args else mark.kwargs.get("argnames", "")
        if "limosa_engine" in (names.replace(" ", "").split(",") if isinstance(names, str) else names):
            return None
    chosen: Sequence[str] | None = _marked(test, "engines")
    engines: Sequence[str] = chosen or config.getini("limosa_engines") or _engine_of_project(config)
    unknown = [engine for engine in engines if engine not in ENGINES]
    if unknown:
        raise pytest.Collector.CollectError(
            f"limosa_engines takes {' and '.join(ENGINES)}, not '{unknown[0]}'"
        )
    return [*engines]


def revision_of(test: pytest.Item) -> str:
    """The revision at which a test's database is to be."""
    return str(_marked(test, "at") or "heads")


def _marked(test: pytest.Item | pytest.Collector, name: str) -> Any:
    for mark in test.iter_markers("limosa"):
        wrong = [*mark.args, *(key for key in mark.kwargs if key not in {"at", "engines"})]
        if wrong:
            raise pytest.Collector.CollectError(f"the marker limosa takes at= and engines=, not {wrong[0]!r}")
        if name in mark.kwargs:
            return mark.kwargs[name]
    return None


def _engine_of_project(config: pytest.Config) -> Sequence[str]:
    """The engine that the project itself has, as far as its own files say."""
    try:
        url = load(project=project_of(config), environment=config.getini("limosa_environment") or None).url
    except LimosaError:
        url = None
    if url is None or url.backend not in ENGINES:
        raise pytest.Collector.CollectError(
            "limosa_database does not know the project's engine; set it in pytest's settings: "
            "limosa_engines = sqlite, or postgresql, or both"
        )
    return (url.backend,)
