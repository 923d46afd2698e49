"""How errors are answered: always JSON with a code and a sentence, whatever went wrong."""

from __future__ import annotations

import time
from http import HTTPStatus

from fastapi import FastAPI, Request, Response
from fastapi.encoders import jsonable_encoder
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from limosa import LimosaError
from src.shared.errors import Refused
from src.shared.metrics import REQUEST_SECONDS, REQUESTS
from src.shared.migrations import sentence


class Problem(BaseModel):
    """What a client is told when it does not get what it asked for."""

    error: str
    """For programs."""
    detail: str
    """For people."""


def problems(*statuses: HTTPStatus) -> dict[int | str, dict[str, object]]:
    """Document the errors of a route."""
    common = (HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.SERVICE_UNAVAILABLE)
    return {int(status): {"model": Problem, "description": status.phrase} for status in (*common, *statuses)}


def install(app: FastAPI) -> None:
    """Answer each kind of error, and count all answers."""
    app.add_exception_handler(Refused, _refused)
    app.add_exception_handler(LimosaError, _not_migrated)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(ClientDisconnect, _gone)
    app.add_exception_handler(Exception, _unexpected)
    app.add_middleware(Counted)


def answer(status: int, code: str, detail: str, headers: dict[str, str] | None = None) -> JSONResponse:
    """Return an error as JSON."""
    body = Problem(error=code, detail=detail)
    return JSONResponse(jsonable_encoder(body), status_code=status, headers=headers)


async def _refused(_: Request, error: Exception) -> Response:
    assert isinstance(error, Refused)
    headers = {"WWW-Authenticate": "ApiKey"} if error.status == HTTPStatus.UNAUTHORIZED else None
    return answer(error.status, error.code, error.detail, headers)


async def _not_migrated(_: Request, error: Exception) -> Response:
    assert isinstance(error, LimosaError)
    return answer(HTTPStatus.SERVICE_UNAVAILABLE, error.code, sentence(error))


async def _invalid(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    found = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
    return answer(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid_request", found)


async def _http(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    code = HTTPStatus(error.status_code).phrase.lower().replace(" ", "_")
    return answer(error.status_code, code, str(error.detail), dict(error.headers or {}))


async def _gone(_: Request, __: Exception) -> Response:
    return answer(HTTPStatus.BAD_REQUEST, "disconnected", "the client went away; nothing was kept")


async def _unexpected(_: Request, __: Exception) -> Response:
    detail = "something unexpected went wrong, and the log says what; nothing half done was kept"
    return answer(HTTPStatus.INTERNAL_SERVER_ERROR, "unexpected", detail)


class Counted:
    """Counts all answers, and how long they took."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on, and look at the status as it goes by."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status = time.perf_counter(), HTTPStatus.INTERNAL_SERVER_ERROR.value

        async def seen(message: Message) -> None:
            nonlocal status
            status = message.get("status", status)
            await send(message)

        try:
            await self._app(scope, receive, seen)
        finally:
            route = getattr(scope.get("route"), "path", "none")
            REQUESTS.labels(scope["method"], route, str(status)).inc()
            REQUEST_SECONDS.labels(scope["method"]).observe(time.perf_counter() - began)
