"""API keys: made once, shown once, kept as a hash."""

from __future__ import annotations

import hashlib
import secrets

_PREFIX = "fp_"
_BYTES = 32


def new_key() -> str:
    """Make a key that nobody can guess."""
    return _PREFIX + secrets.token_urlsafe(_BYTES)


def hash_of(key: str) -> str:
    """Return what is kept of a key; it has 256 random bits, so that one round of SHA-256 will do."""
    return hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()
