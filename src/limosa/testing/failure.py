"""How a failure is told in a test run: its sentence and what to do, and not the code that found it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from limosa.errors import LimosaError


class CheckFailed(AssertionError):
    """What a check found; the text is all that a person needs."""


def sentence_of(error: BaseException) -> str | None:
    """What is to be told; None where the error is none of ours."""
    if isinstance(error, LimosaError):
        return f"{error.message}\n{error.hint or ''}".rstrip()
    return str(error) if isinstance(error, CheckFailed) else None


@contextmanager
def told() -> Iterator[None]:
    """Let the test fail with an error of ours as a sentence and a hint."""
    sentence = None
    try:
        yield
    except Exception as error:
        sentence = sentence_of(error)
        if sentence is None:
            raise
    if sentence is not None:  # out here, so that it is not said twice
        pytest.fail(sentence, pytrace=False)
