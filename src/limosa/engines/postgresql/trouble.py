"""What errors of PostgreSQL mean for a run, and how they are told; any DBAPI driver's error is understood."""

from __future__ import annotations

import re

from limosa.engines.base import Trouble
from limosa.errors import AccessDenied, Unreachable
from limosa.model.url import DatabaseURL

_LOCK = frozenset({"55P03", "40P01", "40001"})
_LOST = frozenset(
    {"57P01", "57P02", "57P03", "57P05", "53300", "08000", "08001", "08003", "08004", "08006", "08P01"}
)
_DENIED = frozenset({"28000", "28P01", "42501"})
_LOST_WORDS = re.compile(
    r"server closed the connection"
    r"|connection (is|was|has been|not|already)? ?(closed|lost|reset|refused|timed out)"
    r"|could not (receive|send) data|consuming input failed|the connection is (closed|lost)"
    r"|SSL connection has been closed|terminating connection|timeout expired|too many clients"
    r"|the database system is|broken pipe|underlying connection",
    re.IGNORECASE,
)
_DENIED_WORDS = re.compile(
    r"password authentication failed|no password supplied|no pg_hba\.conf entry|role .* does not exist"
    r"|permission denied|authentication failed",
    re.IGNORECASE,
)


def sqlstate(error: BaseException) -> str | None:
    """Return the SQLSTATE of a driver's error, whichever driver it is."""
    for name in ("sqlstate", "pgcode"):
        state = getattr(error, name, None)
        if isinstance(state, str):
            return state
    return None


def driver_error(error: BaseException) -> BaseException:
    """Return the driver's own error out of SQLAlchemy's wrapper."""
    inner = getattr(error, "orig", None)
    return inner if isinstance(inner, BaseException) else error


def trouble(error: BaseException) -> Trouble:
    """What an exception means for the run."""
    inner = driver_error(error)
    state = sqlstate(inner)
    if state in _LOCK:
        return Trouble.LOCK
    if state == "57014":
        return Trouble.CANCELLED
    if state in _LOST or getattr(error, "connection_invalidated", False):
        return Trouble.LOST
    is_driver_error = any(
        kind.__name__ in {"OperationalError", "InterfaceError"} for kind in type(inner).__mro__
    )
    if state is None and (is_driver_error or isinstance(inner, OSError)) and _LOST_WORDS.search(str(inner)):
        return Trouble.LOST
    return Trouble.OTHER


def sentence(error: BaseException) -> str:
    """The server's primary message; its DETAIL may hold values of rows and is left out."""
    inner = driver_error(error)
    primary = getattr(getattr(inner, "diag", None), "message_primary", None)
    text = primary if isinstance(primary, str) else str(inner).partition("\nDETAIL:")[0].strip()
    state = sqlstate(inner)
    first = next((line for line in text.splitlines() if line.strip()), type(inner).__name__)
    return f"{first} (SQLSTATE {state})" if state else first


def is_crowded(error: BaseException) -> bool:
    """Has the server no connection left for us?"""
    return sqlstate(driver_error(error)) == "53300" or bool(
        re.search(r"too many clients|remaining connection slots|too many connections", str(error))
    )


def is_starting(error: BaseException) -> bool:
    """Is the server there, but not yet, or no longer, open to us?"""
    return "the database system is" in str(error)


def unreachable(url: DatabaseURL, error: BaseException) -> Unreachable:
    """Say why a connection could not be made; libpq's text holds host and user, never the password."""
    lines = [line.strip().rstrip("?") for line in str(error).splitlines() if line.strip()]
    text = "; ".join(lines).removeprefix("connection failed: ")
    where = f"PostgreSQL at {url.masked}"
    temporary = is_crowded(error) or is_starting(error)
    if sqlstate(error) in _DENIED or _DENIED_WORDS.search(text):
        return AccessDenied(
            f"{where} refuses user '{url.username or ''}': {text}",
            hint="check user and password of the URL; 'limosa status' tries it again",
            url=url.masked,
        )
    if "does not exist" in text and "database" in text:
        hint = f"create it: createdb '{url.database}'"
    elif temporary:
        hint = "the server is there but has no room or is not open yet; try again shortly"
    else:
        hint = "check that the server runs and that host and port of the URL are right"
    return Unreachable(f"{where} does not answer: {text}", hint=hint, url=url.masked, temporary=temporary)


def refused(url: DatabaseURL, error: Exception) -> Unreachable:
    """Say why a statement of our own did not go through."""
    if sqlstate(error) == "42501":
        return AccessDenied(
            f"PostgreSQL at {url.masked} does not let user '{url.username or ''}' do this: {sentence(error)}",
            hint="Limosa keeps its tables in the schema 'limosa': let the database's owner run it, or "
            f'GRANT CREATE ON DATABASE "{url.database}" TO "{url.username}"',
            url=url.masked,
        )
    return Unreachable(
        f"PostgreSQL at {url.masked} did not do what it was asked: {sentence(error)}",
        hint="'limosa status' shows whether it answers again",
        url=url.masked,
        temporary=trouble(error) is Trouble.LOST,
    )
