"""How far a long job is, on stderr: a line that moves on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import sys
import time
from typing import TextIO

REDRAW_S = 0.1
REPORT_S = 5.0


class Progress:
    """Counts items and says how many, how fast, how long still."""

    def __init__(self, total: int, *, stream: TextIO | None = None, quiet: bool = False) -> None:
        self._total = total
        self._stream = stream or sys.stderr
        self._quiet = quiet
        self._moves = self._stream.isatty()
        self._done = 0
        self._said = -1
        self._began = self._shown = time.monotonic()

    def advance(self, count: int) -> None:
        """Count items, and say so if it is time."""
        self._done += count
        moment = time.monotonic()
        if moment - self._shown >= (REDRAW_S if self._moves else REPORT_S):
            self._shown = moment
            self._show(end="" if self._moves else "\n")

    def finish(self) -> None:
        """Say where it ended, unless the last line said so."""
        if self._moves or self._said != self._done:
            self._show(end="\n")

    def _show(self, *, end: str) -> None:
        self._said = self._done
        if not self._quiet:
            self._stream.write(("\r\x1b[K" if self._moves else "") + self.line() + end)
            self._stream.flush()

    def line(self) -> str:
        """Return the present state in one line."""
        elapsed = max(time.monotonic() - self._began, 1e-9)
        rate = self._done / elapsed
        left = (self._total - self._done) / rate if rate else 0.0
        tail = f"{left:.0f} s left" if self._done < self._total else f"{elapsed:.1f} s"
        return f"{self._done:,} of {self._total:,} files, {rate:,.0f}/s, {tail}"
