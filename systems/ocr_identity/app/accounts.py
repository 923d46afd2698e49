"""Users: registered, signed in, changed, removed."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from app.audit import Client, record
from app.errors import Conflict, NotSignedIn
from app.models import User
from app.security import hash_password, is_password

# What every revision has; the telephone number came later and is asked for by itself.
COLUMNS = (
    User.id,
    User.email,
    User.full_name,
    User.is_active,
    User.is_verified,
    User.created_at,
    User.updated_at,
)


def register(
    connection: Connection, *, email: str, password: str, full_name: str | None, client: Client
) -> Any:
    """Add a user; raise ``Conflict`` where the address is taken."""
    values = {"email": email.lower(), "password_hash": hash_password(password), "full_name": full_name}
    try:
        row = connection.execute(insert(User).values(values).returning(*COLUMNS)).one()
    except IntegrityError as error:
        raise Conflict("somebody is registered with this e-mail address already") from error
    record(connection, "user.registered", user=row.id, kind="user", thing=row.id, client=client)
    return row


def sign_in(connection: Connection, *, email: str, password: str, client: Client) -> uuid.UUID:
    """Return who this is; raise ``NotSignedIn`` without telling which of the two was wrong."""
    query = select(User.id, User.password_hash, User.is_active).where(User.email == email.lower())
    found = connection.execute(query).one_or_none()
    if not is_password(found.password_hash if found else None, password) or not found or not found.is_active:
        raise NotSignedIn("the e-mail address or the password is wrong")
    record(connection, "token.issued", user=found.id, kind="user", thing=found.id, client=client)
    return uuid.UUID(str(found.id))


def active_user(connection: Connection, user: uuid.UUID) -> Any:
    """Return the bearer of a token; raise ``NotSignedIn`` where there is no such user any more."""
    row = connection.execute(select(*COLUMNS).where(User.id == user)).one_or_none()
    if row is None or not row.is_active:
        raise NotSignedIn("the user of this token is gone or no longer active")
    return row


def phone_of(connection: Connection, user: uuid.UUID) -> str | None:
    """Return the telephone number, which revision 0003 added."""
    return connection.scalar(select(User.phone).where(User.id == user))


def set_phone(connection: Connection, user: uuid.UUID, phone: str | None, client: Client) -> None:
    """Keep a telephone number, or none."""
    values = {"phone": phone, "updated_at": func.current_timestamp()}
    connection.execute(update(User).where(User.id == user).values(values))
    record(connection, "user.phone_set", user=user, kind="user", thing=user, client=client)


def remove(connection: Connection, user: uuid.UUID, client: Client) -> None:
    """Remove a user with all documents and jobs; the trail stays and no longer says whose it was."""
    record(connection, "user.removed", user=user, kind="user", thing=user, client=client)
    connection.execute(delete(User).where(User.id == user))
