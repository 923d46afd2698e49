"""Registering, signing in, and what a user may ask about themselves."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from sqlalchemy import select

from app import accounts
from app.database import reading, writing
from app.models import AuditLog
from app.needs import TheClient, TheParts, TheUser
from app.schemas import ActionOut, Credentials, PhoneIn, PhoneOut, Registration, Token, UserOut

router = APIRouter(tags=["accounts"])


@router.post("/users", status_code=201, response_model=UserOut)
def register(registration: Registration, parts: TheParts, client: TheClient) -> Any:
    """Register a user."""
    with writing(parts.engine) as connection:
        return accounts.register(connection, **registration.model_dump(), client=client)


@router.post("/tokens", status_code=201)
def sign_in(credentials: Credentials, parts: TheParts, client: TheClient) -> Token:
    """Get a token."""
    with writing(parts.engine) as connection:
        user = accounts.sign_in(connection, **credentials.model_dump(), client=client)
    return Token(access_token=parts.tokens.issue(user), expires_in=parts.tokens.life_s)


@router.get("/users/me", response_model=UserOut)
def me(user: TheUser, parts: TheParts) -> Any:
    """Show who the token belongs to."""
    with reading(parts.engine) as connection:
        return accounts.active_user(connection, user)


@router.get("/users/me/phone")
def phone(user: TheUser, parts: TheParts) -> PhoneOut:
    """Show the telephone number."""
    with reading(parts.engine) as connection:
        return PhoneOut(phone=accounts.phone_of(connection, user))


@router.put("/users/me/phone")
def set_phone(change: PhoneIn, user: TheUser, parts: TheParts, client: TheClient) -> PhoneOut:
    """Keep a telephone number, or none."""
    with writing(parts.engine) as connection:
        accounts.set_phone(connection, user, change.phone, client)
    return PhoneOut(phone=change.phone)


@router.get("/users/me/actions", response_model=list[ActionOut])
def actions(
    user: TheUser,
    parts: TheParts,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    offset: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
) -> Any:
    """Show what the trail says of the user, the newest first."""
    columns = (getattr(AuditLog, name) for name in ActionOut.model_fields)
    newest = (AuditLog.created_at.desc(), AuditLog.id)
    query = select(*columns).where(AuditLog.user_id == user).order_by(*newest)
    with reading(parts.engine) as connection:
        return list(connection.execute(query.limit(limit).offset(offset)))


@router.delete("/users/me", status_code=204)
def remove(user: TheUser, parts: TheParts, client: TheClient) -> None:
    """Remove the user with all documents, scans and jobs."""
    with writing(parts.engine) as connection:
        accounts.remove(connection, user, client)
    parts.storage.remove_all(user)
