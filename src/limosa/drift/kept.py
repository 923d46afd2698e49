"""Small documents in the project's cache; whatever is wrong with one, it is as if it were not there."""

from __future__ import annotations

import json
import os
import time
import zlib
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Kept:
    """One document; ``key`` is everything that must be as it was for the document to mean anything."""

    path: Path
    kind: str
    key: tuple[str, ...]

    @classmethod
    def of(cls, cache: Path, kind: str, place: Sequence[str], key: Sequence[str] = ()) -> Kept:
        """Name a document: one place holds one, of whatever key."""
        text = "\0".join(place)
        name = f"{kind}-{zlib.crc32(text.encode('utf-8', 'surrogateescape')):08x}.json"
        return cls(cache / name, kind, (*place, *key))

    def read(self) -> Any:
        """Return the document; None where there is none, or one of another key."""
        try:
            header, _, body = self.path.read_bytes().partition(b"\n")
            document = json.loads(body) if header == self._header(body) else {}
            return document["value"] if document["key"] == list(self.key) else None
        except (OSError, ValueError, TypeError, LookupError):
            return None

    def write(self, value: Any) -> None:
        """Write it whole or not at all; a folder that cannot be written to is no error."""
        body = json.dumps({"key": self.key, "value": value}, separators=(",", ":")).encode()
        draft = self.path.with_name(f"{self.path.name}.{os.getpid()}.{time.monotonic_ns()}")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.path.with_name(".gitignore").write_text("*\n")  # nobody should have to think of this folder
            draft.write_bytes(self._header(body) + b"\n" + body)
            draft.replace(self.path)
        except OSError:
            with suppress(OSError):
                draft.unlink(missing_ok=True)

    def _header(self, body: bytes) -> bytes:
        return b"limosa-%s %08x" % (self.kind.encode(), zlib.crc32(body))
