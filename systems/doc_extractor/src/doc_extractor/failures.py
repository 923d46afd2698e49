"""What can go wrong, in words for the person at the keyboard."""

from __future__ import annotations


class DocExtractorError(Exception):
    """The root of the program's own errors; ``hint`` names the next command."""

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.hint = hint


class ExtractionError(DocExtractorError):
    """A file could not be read; ``kind`` is what error_log calls the reason."""

    def __init__(self, message: str, *, kind: str) -> None:
        super().__init__(message)
        self.kind = kind


class SchemaError(DocExtractorError):
    """The database is not at the revision that the program was written for."""
