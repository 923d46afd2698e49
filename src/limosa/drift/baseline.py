"""The baseline file: differences that may stay, one entry each with its reason, read and kept by people."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from limosa.errors import ConfigError
from limosa.model.check import Accepted, Between, Drift

FILE = "limosa-baseline.toml"
_HEAD = """\
# Differences that 'limosa check' accepts, each with its reason. Written by: limosa check --accept REASON
"""
_FIELDS = {"between", "difference", "reason"}


@dataclass(frozen=True, slots=True)
class Baseline:
    """What a project accepts."""

    path: Path
    entries: tuple[Accepted, ...] = ()

    def sorted_out(self, found: Iterable[Drift]) -> tuple[tuple[Drift, ...], tuple[Accepted, ...]]:
        """Part what was found into what is open and the entries that accept the rest."""
        known = {(entry.between, entry.operation): entry for entry in self.entries}
        open_ = tuple(drift for drift in found if (drift.between, drift.operation) not in known)
        met = {(drift.between, drift.operation) for drift in found}
        return open_, tuple(entry for key, entry in known.items() if key in met)

    def unmatched(self, met: Iterable[Accepted], compared: Iterable[Between]) -> tuple[Accepted, ...]:
        """The entries that accept nothing, of the comparisons that were made."""
        used, made = {*met}, {*compared}
        return tuple(entry for entry in self.entries if entry.between in made and entry not in used)


def read_baseline(root: Path) -> Baseline:
    """Read the file of a project; one that is not there accepts nothing; raise ConfigError."""
    path = root / FILE
    try:
        listed = tomllib.loads(path.read_text(encoding="utf-8")).get("accepted", [])
    except FileNotFoundError:
        return Baseline(path)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"'{path}' is no TOML: {error}", hint=f"correct '{path}', or delete it", path=path
        ) from error
    if not isinstance(listed, list):
        raise _wrong(path, "its entries begin with [[accepted]]")
    return Baseline(path, tuple(_entry(path, number, item) for number, item in enumerate(listed, 1)))


def _entry(path: Path, number: int, item: Any) -> Accepted:
    if (
        not isinstance(item, dict)
        or set(item) != _FIELDS
        or not all(isinstance(v, str) for v in item.values())
    ):
        raise _wrong(
            path, f"entry {number} needs {', '.join(sorted(_FIELDS))}, each a text, and nothing else"
        )
    if item["between"] not in {*Between} or not item["reason"].strip():
        raise _wrong(path, f"entry {number} needs a reason, and 'between' is one of {', '.join(Between)}")
    return Accepted(Between(item["between"]), item["difference"], item["reason"])


def _wrong(path: Path, what: str) -> ConfigError:
    return ConfigError(f"'{path}' cannot be used: {what}", hint=f"correct '{path}'", path=path)


def accept(baseline: Baseline, found: Sequence[Drift], reason: str) -> Baseline:
    """Write entries behind those that are there, which stay as they are, comments and all."""
    new = tuple(dict.fromkeys(Accepted(drift.between, drift.operation, reason) for drift in found))
    before = baseline.path.read_text(encoding="utf-8") if baseline.path.exists() else _HEAD
    text = before.rstrip("\n") + "\n" + "".join(_written(entry) for entry in new)
    try:
        baseline.path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ConfigError(
            f"'{baseline.path}' cannot be written: {error.strerror}",
            hint="it lies in the project's folder and belongs into its repository",
            path=baseline.path,
        ) from error
    return Baseline(baseline.path, (*baseline.entries, *new))


def _written(entry: Accepted) -> str:
    return f"""
[[accepted]]
between = {_quoted(entry.between)}
difference = {_quoted(entry.operation)}
reason = {_quoted(entry.reason)}
"""


def _quoted(text: str) -> str:
    # a JSON string is a TOML string, but for one sign that TOML wants escaped
    return json.dumps(str(text), ensure_ascii=False).replace("\x7f", "\\u007f")
