"""Finds values that a table's constraints accept, from the values that the constraints themselves name."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence

from limosa.engines.inspection import Column, Inspection, Reason, Refusal, Row, Table

_ATTEMPTS = 500
_LONGEST = 10_000
_STRING = re.compile(r"'((?:[^']|'')*)'")
_NUMBER = re.compile(r"(?<![\w.'])-?\d+(?:\.\d+)?(?![\w.'])")
_STOCK = ("limosa@example.org", "https://example.org/", "{}", "a", "A", "1", "")
_SOLVABLE = frozenset({Reason.CHECK, Reason.UNIQUE})
_Values = Mapping[str, object]


def fitted(inspection: Inspection, table: Table, values: _Values, *, fixed: frozenset[str]) -> Row | Refusal:
    """Insert a row; change the columns of each constraint that refuses it until it no longer does.

    The columns of ``fixed`` lead to other rows and keep their values.
    """
    attempts = iter(range(_ATTEMPTS))
    met: dict[str, Refusal] = {}
    outcome = inspection.insert(table, values)
    while isinstance(outcome, Refusal) and outcome.reason in _SOLVABLE and outcome.columns:
        met[outcome.rule] = outcome
        for other in _others(table, values, _attempted(met, outcome), fixed):
            if next(attempts, None) is None:
                return outcome
            tried = inspection.insert(table, other)
            if isinstance(tried, Row) or _is_further(tried, met):
                values, outcome = other, tried
                break
        else:
            return outcome
    return outcome


def _attempted(met: Mapping[str, Refusal], refusal: Refusal) -> Iterator[Sequence[Refusal]]:
    """The rules to solve together: the one that refuses, then all, for one may undo what another wants."""
    yield (refusal,)
    if len(met) > 1:
        yield tuple(met.values())


def _is_further(refusal: Refusal, met: Mapping[str, Refusal]) -> bool:
    """Is it another rule that refuses now, one that was not met before?"""
    return refusal.reason is Reason.RULE or (refusal.reason in _SOLVABLE and refusal.rule not in met)


def _others(
    table: Table, values: _Values, attempted: Iterator[Sequence[Refusal]], fixed: frozenset[str]
) -> Iterator[_Values]:
    for rules in attempted:
        named = {name for rule in rules for name in rule.columns} - fixed
        definition = " ".join(rule.definition for rule in rules)
        columns = [c for c in table.columns if c.name in named and c.is_writable]
        choices = [_candidates(column, values.get(column.name), definition) for column in columns]
        for chosen in itertools.product(*choices):
            yield {**values, **{c.name: value for c, value in zip(columns, chosen, strict=True)}}


def _candidates(column: Column, present: object, definition: str) -> list[object]:
    """Values worth a try, the likeliest first."""
    strings: list[object] = [found.replace("''", "'") for found in _STRING.findall(definition)]
    numbers = [_number(found) for found in _NUMBER.findall(_STRING.sub("''", definition))]
    near: list[object] = [n for number in numbers for n in (number, number + 1, number - 1)]
    found: list[object] = [*strings, *column.samples]
    if column.is_text:
        lengths = [n for n in near if isinstance(n, int) and 0 < n <= _LONGEST]
        found += [*_STOCK, *("a" * length for length in lengths), *("1" * length for length in lengths)]
    found += near
    if column.is_nullable:
        found.append(None)
    if present is not None:
        found.insert(0, present)
    return list(dict.fromkeys(found))


def _number(text: str) -> int | float:
    return float(text) if "." in text else int(text)
