"""Passwords, of which only a hash is kept, and signed tokens."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from itsdangerous import BadSignature, URLSafeTimedSerializer

from app.errors import NotSignedIn

_HASHER = PasswordHasher()
_NOBODY = _HASHER.hash("nobody has this password")
"""Checked where there is no such user, so that the answer takes as long as with one."""


def hash_password(password: str) -> str:
    """Return what is kept of a password."""
    return _HASHER.hash(password)


def is_password(kept: str | None, password: str) -> bool:
    """Say whether this is the password; without a kept hash it is not, and that takes as long."""
    try:
        _HASHER.verify(kept or _NOBODY, password)
    except (VerificationError, InvalidHashError):
        return False
    return kept is not None


@dataclass(frozen=True, slots=True)
class Tokens:
    """Issues tokens and reads them: signed, not stored."""

    secret: str
    life_s: int

    def issue(self, user: uuid.UUID) -> str:
        """Return a token that says who its bearer is."""
        return self._serializer().dumps(user.hex)

    def user_of(self, token: str) -> uuid.UUID:
        """Return who the bearer is; raise ``NotSignedIn`` for a token that is forged, torn or too old."""
        try:
            return uuid.UUID(self._serializer().loads(token, max_age=self.life_s))
        except (BadSignature, ValueError) as error:
            raise NotSignedIn(
                "the token is not valid or has expired; get another one from POST /tokens"
            ) from error

    def _serializer(self) -> URLSafeTimedSerializer:
        return URLSafeTimedSerializer(self.secret, salt="access-token")
