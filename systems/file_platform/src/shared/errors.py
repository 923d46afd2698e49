"""What a client is told when it does not get what it asked for: a status, a code, and a sentence."""

from __future__ import annotations

from http import HTTPStatus
from typing import ClassVar


class Refused(Exception):
    """The root of what is answered with an error; the code is for programs, the detail for people."""

    status: ClassVar[HTTPStatus] = HTTPStatus.BAD_REQUEST
    code: ClassVar[str] = "bad_request"

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class NotAuthenticated(Refused):
    """No key, or one that nobody has."""

    status = HTTPStatus.UNAUTHORIZED
    code = "not_authenticated"


class NotAllowed(Refused):
    """The key is known, and what it asks for is not for it."""

    status = HTTPStatus.FORBIDDEN
    code = "not_allowed"


class NotFound(Refused):
    """There is no such thing, or it is another tenant's: nobody can tell which."""

    status = HTTPStatus.NOT_FOUND
    code = "not_found"


class Conflict(Refused):
    """It contradicts what is there."""

    status = HTTPStatus.CONFLICT
    code = "conflict"


class FileLimitReached(Conflict):
    """The tenant has as many files as it may have."""

    code = "file_limit_reached"


class TooLarge(Refused):
    """The upload is larger than any may be."""

    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    code = "too_large"


class QuotaExceeded(TooLarge):
    """The upload does not fit into what the tenant has left."""

    code = "storage_quota_exceeded"


class Unprocessable(Refused):
    """It is understood and makes no sense."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    code = "unprocessable"


class Unavailable(Refused):
    """Something that the service needs is not there now; the same request may do later."""

    status = HTTPStatus.SERVICE_UNAVAILABLE
    code = "unavailable"


class DatabaseUnavailable(Unavailable):
    """The database does not answer, or has not the schema that the service needs."""

    code = "database_unavailable"


class StorageUnavailable(Unavailable):
    """The folder of the files cannot be read or written."""

    code = "storage_unavailable"
