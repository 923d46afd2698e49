"""Secrets are struck out of everything that is printed, tracebacks and env.py's own prints included."""

from __future__ import annotations

import contextlib
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, TextIO, cast

from limosa.model.url import MASK, spellings

if TYPE_CHECKING:
    from limosa.config import Hidden

_LONG = 6
"""From this length on a secret is struck out wherever it stands; a shorter one only as a whole word."""
_WORD = 3
_ANY_URL = re.compile(r"(?P<head>[a-z][\w+]*://[^\s:/@'\"]*:)[^\s@'\"]+@")
"""A URL of which we were told nothing, such as one that env.py made up, still must not show its password."""


class Redactor:
    """Masks the secrets that it was told of."""

    def __init__(self) -> None:
        self._secrets: set[str] = set()
        self._public: set[str] = set()
        self._patterns: list[tuple[re.Pattern[str], str]] = []

    @property
    def has_secrets(self) -> bool:
        """Was there anything to hide?"""
        return bool(self._secrets)

    def hide(self, hidden: Hidden) -> None:
        """Strike these out from now on."""
        self._secrets |= hidden.secrets
        self._public |= hidden.public
        longest_first = sorted(self._secrets, key=lambda secret: (-len(secret), secret))
        self._patterns = [pair for secret in longest_first for pair in self._patterns_of(secret)]

    def mask(self, text: str) -> str:
        """Return the text without its secrets."""
        for pattern, replacement in self._patterns:
            text = pattern.sub(replacement, text)
        return _ANY_URL.sub(rf"\g<head>{MASK}@", text) if "://" in text else text

    def _patterns_of(self, secret: str) -> Iterator[tuple[re.Pattern[str], str]]:
        for either in spellings(secret):
            # A password that equals the user, the host or the database would make the output unreadable.
            if any(secret in name for name in self._public) or len(secret) < _WORD:
                yield re.compile(rf":(?:{either})@"), f":{MASK}@"
                yield re.compile(rf"(?i)(pass(?:word|wd)?\W{{1,4}})(?:{either})(?!\w)"), rf"\g<1>{MASK}"
            elif len(secret) < _LONG:
                yield re.compile(rf"(?<!\w)(?:{either})(?!\w)"), MASK
            else:
                yield re.compile(either), MASK


class MaskedStream:
    """A text stream that masks what is written to it; all else is the stream's own."""

    def __init__(self, stream: TextIO, mask: Callable[[str], str]) -> None:
        self._stream = stream
        self._mask = mask

    def write(self, text: str) -> int:
        """Write the masked text."""
        self._stream.write(self._mask(text))
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        """Write the masked lines."""
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


@contextlib.contextmanager
def masked_streams(*, keeps_stdout: bool = False) -> Iterator[tuple[Redactor, TextIO]]:
    """Put masked streams in the place of stdout and stderr; yield the real stdout, too.

    With ``keeps_stdout`` whatever is printed goes to stderr, env.py's own prints included, so
    that the one document of ``--json`` is alone on stdout.
    """
    redactor = Redactor()
    before = sys.stdout, sys.stderr
    sys.stderr = cast("TextIO", MaskedStream(before[1], redactor.mask))
    sys.stdout = sys.stderr if keeps_stdout else cast("TextIO", MaskedStream(before[0], redactor.mask))
    try:
        yield redactor, before[0]
    finally:
        sys.stdout, sys.stderr = before
