"""Secrets never leave the process, and what is no secret stays readable."""

from __future__ import annotations

import io
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limosa.cli.redaction import MaskedStream, Redactor, masked_streams
from limosa.config import hidden_in
from limosa.model.url import DatabaseURL


def redactor(*urls: str) -> Redactor:
    """Return a redactor that knows these URLs."""
    made = Redactor()
    made.hide(hidden_in(*urls))
    return made


@pytest.mark.parametrize(
    ("url", "text", "expected"),
    [
        ("postgresql://ann:s3cr3t-x@db/app", "as s3cr3t-x, or s3cr3t-xyz", "as ***, or ***yz"),
        ("postgresql://ann:p%40ss%2Fword@db/app", "p@ss/word and p%40ss%2Fword", "*** and ***"),
        ("postgresql://ann:tiger@db/app", "a tiger, tigers", "a ***, tigers"),
        ("postgresql://app:app@db/app", "user app in app", "user app in app"),
        ("postgresql://app:app@db/app", "postgresql://app:app@db/app", "postgresql://app:***@db/app"),
        ("postgresql://app:app@db/app", "user=app password='app'", "user=app password='***'"),
        ("postgresql://u:postgres@db/x", '{"engine": "postgresql"}', '{"engine": "postgresql"}'),
        ("postgresql://u:x@db/d", "x marks, u:x@db", "x marks, u:***@db"),
        ("postgresql://u@db/d?sslpassword=hunter22", "key hunter22", "key ***"),
        ("sqlite:///x.db", "nothing to hide", "nothing to hide"),
        ("", "unknown mysql+pymysql://root:toor@h/d", "unknown mysql+pymysql://root:***@h/d"),
        ("", "http://example.org:80/docs", "http://example.org:80/docs"),
    ],
)
def test_text_is_masked(url: str, text: str, expected: str) -> None:
    """The password goes in every spelling; a name that equals it does not."""
    assert redactor(url).mask(text) == expected


@given(st.text(st.characters(codec="ascii", exclude_categories=("C", "Z")), min_size=6, max_size=30))
def test_long_password_never_survives(password: str) -> None:
    """Whatever the password, neither it nor its URL gets through, alone or in an error's repr."""
    url = DatabaseURL.parse("postgresql://zoë@elsewhere/Ω").reveal()
    user, _, rest = url.partition("@")
    full = DatabaseURL.parse(f"{user}:{_quoted(password)}@{rest}")
    made = redactor(full.reveal())

    for text in (password, full.reveal(), f"pw={password}!", repr(ValueError(password))):
        assert password not in made.mask(text).replace("***", "\0")


def _quoted(text: str) -> str:
    from urllib.parse import quote  # noqa: PLC0415

    return quote(text, safe="")


def test_stream_masks_and_is_otherwise_itself() -> None:
    """Writes are masked; all other attributes are the stream's."""
    inner = io.StringIO()
    stream = MaskedStream(inner, redactor("postgresql://u:s3cr3t-x@h/d").mask)

    print("a s3cr3t-x", file=stream)
    stream.writelines(["s3cr3t-x", "\n"])

    assert inner.getvalue() == "a ***\n***\n"
    assert stream.isatty() is False


def test_streams_are_put_back() -> None:
    """After a call the process has its own streams again."""
    before = sys.stdout, sys.stderr
    with masked_streams():
        assert isinstance(sys.stdout, MaskedStream)

    assert (sys.stdout, sys.stderr) == before


def test_threads_warnings_and_logs_are_masked_too() -> None:
    """Whatever writes to stderr after the secret is known is masked: a dying thread, a warning, a log."""
    code = """
import logging, threading, warnings
from limosa.cli.redaction import masked_streams
from limosa.config import hidden_in

def die():
    raise RuntimeError("thread s3cr3t-x")

with masked_streams() as (redactor, _):
    redactor.hide(hidden_in("postgresql://u:s3cr3t-x@h/d"))
    logging.basicConfig()
    logging.warning("log s3cr3t-x")
    warnings.warn("warning s3cr3t-x")
    thread = threading.Thread(target=die)
    thread.start()
    thread.join()
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert "log ***" in done.stderr
    assert "UserWarning: warning ***" in done.stderr
    assert "RuntimeError: thread ***" in done.stderr
