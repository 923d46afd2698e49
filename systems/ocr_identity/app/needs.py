"""What a route asks for: the running service's parts, where a request came from, and whose it is."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from sqlalchemy import Engine

from app import accounts
from app.audit import Client
from app.database import reading
from app.errors import NotSignedIn
from app.security import Tokens
from app.storage import Storage

_BEARER = HTTPBearer(auto_error=False, description="A token from POST /tokens")


@dataclass(frozen=True, slots=True)
class Parts:
    """What the service is made of."""

    engine: Engine
    storage: Storage
    tokens: Tokens


def parts_of(request: Request) -> Parts:
    """Return the parts of the service that has this request."""
    parts = request.app.state.parts
    assert isinstance(parts, Parts)
    return parts


def client_of(request: Request) -> Client:
    """Return where a request came from."""
    host = request.client.host if request.client else None
    return Client.of(host, request.headers.get("user-agent"))


def user_of(
    parts: Annotated[Parts, Depends(parts_of)],
    given: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)],
) -> uuid.UUID:
    """Return whose token it is; the user must still be there, and active."""
    if given is None:
        raise NotSignedIn("send a token: Authorization: Bearer TOKEN; get one from POST /tokens")
    user = parts.tokens.user_of(given.credentials)
    with reading(parts.engine) as connection:
        accounts.active_user(connection, user)
    return user


TheParts = Annotated[Parts, Depends(parts_of)]
TheClient = Annotated[Client, Depends(client_of)]
TheUser = Annotated[uuid.UUID, Depends(user_of)]
