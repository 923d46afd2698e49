"""Every failure as JSON: what is wrong, and why; never a value that was sent, never a URL of a database."""

from __future__ import annotations

import logging
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, SQLAlchemyError
from starlette.exceptions import HTTPException

from app.errors import NotSignedIn, Refused

_log = logging.getLogger(__name__)
_UNKNOWN_NAME = ("42703", "42P01")
"""PostgreSQL's codes for a column and for a table that is not there."""


def install(application: FastAPI) -> None:
    """Let the application answer in JSON whatever happens."""
    application.add_exception_handler(Refused, _refused)
    application.add_exception_handler(RequestValidationError, _invalid)
    application.add_exception_handler(HTTPException, _http)
    application.add_exception_handler(SQLAlchemyError, _database)


def body(status: int, error: str, message: str, **headers: str) -> JSONResponse:
    """Make the answer to a request that was not done."""
    return JSONResponse({"error": error, "message": message}, status, headers)


def _refused(_request: Request, reason: Exception) -> JSONResponse:
    assert isinstance(reason, Refused)
    headers = {"www-authenticate": "Bearer"} if isinstance(reason, NotSignedIn) else {}
    return body(reason.status, reason.error, reason.message, **headers)


def _invalid(_request: Request, reason: Exception) -> JSONResponse:
    assert isinstance(reason, RequestValidationError)
    problems = (f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in reason.errors())
    return body(422, "invalid", "; ".join(problems))


def _http(_request: Request, reason: Exception) -> JSONResponse:
    assert isinstance(reason, HTTPException)
    return body(reason.status_code, "refused", str(reason.detail), **(reason.headers or {}))


def _database(_request: Request, reason: Exception) -> JSONResponse:
    if isinstance(reason, IntegrityError):
        return body(409, "conflict", "what this refers to was removed meanwhile; nothing was changed")
    if isinstance(reason, DataError):
        return body(422, "unacceptable", "a value is not one that the database can hold; nothing was changed")
    if _is_of_the_schema(reason):
        _log.error("the schema is not what this version needs: %s", _first_line(reason))
        message = "the database's schema is older than this needs; its operator must run: limosa upgrade"
        return body(503, "schema_behind", message)
    _log.error("the database cannot be used: %s", _first_line(reason))
    message = "the database cannot be used at the moment; nothing was changed, try again later"
    return body(503, "database_unavailable", message, **{"retry-after": "5"})


def _is_of_the_schema(reason: Exception) -> bool:
    origin: Any = reason.orig if isinstance(reason, DBAPIError) else None
    said = str(origin)
    return getattr(origin, "sqlstate", None) in _UNKNOWN_NAME or said.startswith(
        ("no such column", "no such table")
    )


def _first_line(reason: Exception) -> str:
    """Leave out the statement and its parameters, which may be secrets."""
    origin = reason.orig if isinstance(reason, DBAPIError) else reason
    return f"{type(origin).__name__}: {origin}".partition("\n")[0]
