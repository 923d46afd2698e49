"""JSON: stable keys, plain values, no secret."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from limosa.cli.document import document, plain
from limosa.model.run import Holder, Outcome
from limosa.model.status import PendingRevision, State, Status
from limosa.model.url import DatabaseURL, Secret


def unmasked(text: str) -> str:
    """Hide nothing."""
    return text


STATUS = Status(
    state=State.BEHIND,
    current_revision="001",
    head_revision="002",
    current=("001",),
    heads=("002",),
    pending=(PendingRevision("002", "add owner", "versions/002.py"),),
    is_initialized=True,
    is_up_to_date=False,
    needs_migration=True,
    engine="sqlite",
    environment="development",
    url="sqlite:///x.db",
)


def test_status_is_the_contract() -> None:
    """The keys and types of ``status --json`` are what others build on; adding is allowed, changing not."""
    assert json.loads(document(STATUS, mask=unmasked)) == {
        "state": "behind",
        "current_revision": "001",
        "head_revision": "002",
        "current": ["001"],
        "heads": ["002"],
        "pending": [{"revision": "002", "message": "add owner", "path": "versions/002.py"}],
        "is_initialized": True,
        "is_up_to_date": False,
        "needs_migration": True,
        "engine": "sqlite",
        "environment": "development",
        "url": "sqlite:///x.db",
        "edited": [],
        "unknown": [],
        "recover": None,
        "reason": None,
    }


@dataclass(frozen=True)
class Sample:
    """Something with a value of each kind."""

    value: object


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Outcome.NOTHING_TO_DO, "nothing to do"),
        (Path("a/b"), "a/b"),
        (Secret("s3cr3t"), "***"),
        (DatabaseURL.parse("postgresql://u:s3cr3t@h/d"), "postgresql://u:***@h/d"),
        (datetime(2026, 1, 2, tzinfo=UTC), "2026-01-02T00:00:00+00:00"),
        (timedelta(minutes=1), 60.0),
        ({"a": (1, 2.5, None, True)}, {"a": [1, 2.5, None, True]}),
        (frozenset({"b", "a"}), ["a", "b"]),
        (
            Holder("h", 1, "u", "now", "002"),
            {"host": "h", "pid": 1, "user": "u", "since": "now", "doing": "002"},
        ),
        (ValueError("why"), "why"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_each_kind_of_value_is_plain(value: object, expected: object) -> None:
    """Enums, paths, times, URLs and dataclasses become what JSON has."""
    assert plain(Sample(value), mask=unmasked) == {"value": expected}


def test_values_are_masked_and_keys_are_not() -> None:
    """A password that happens to be a word of the format does not break the format."""
    found = document({"state": "state"}, mask=lambda text: text.replace("state", "***"))

    assert json.loads(found) == {"state": "***"}
