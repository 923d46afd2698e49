"""What the service refuses: the status, a word for programs, and a sentence for people."""

from __future__ import annotations


class Refused(Exception):
    """A request that cannot be done; it becomes a JSON body with ``error`` and ``message``."""

    status = 400
    error = "refused"

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class NotSignedIn(Refused):
    """There is no token, or it is not (or no longer) good."""

    status = 401
    error = "not_signed_in"


class NotFound(Refused):
    """There is no such thing, or it is somebody else's: the two are not told apart."""

    status = 404
    error = "not_found"


class Conflict(Refused):
    """What is there already stands against it."""

    status = 409
    error = "conflict"


class TooLarge(Refused):
    """More bytes than the service takes."""

    status = 413
    error = "too_large"


class UnknownKind(Refused):
    """A file of a kind that nobody here can read."""

    status = 415
    error = "unknown_kind"


class Unacceptable(Refused):
    """Well formed, and still not to be used."""

    status = 422
    error = "unacceptable"


class Unreadable(Exception):
    """A scan that could not be read; the sentence is stored with the job."""
