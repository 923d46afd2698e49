"""From a path to what the program knows of the file: type, size, SHA-256, text, or why not."""

from __future__ import annotations

import hashlib
import mimetypes
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from doc_extractor import extraction
from doc_extractor.failures import ExtractionError

CHUNK_BYTES = 1 << 20
MAX_BYTES = 100 << 20
SKIPPED_FOLDERS = frozenset({"__pycache__", "node_modules"})

_types = mimetypes.MimeTypes()
for _suffix, _type in ((".md", "text/markdown"), (".markdown", "text/markdown"), (".rst", "text/x-rst")):
    _types.add_type(_type, _suffix)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One file, as far as it could be read.

    ``sha256`` is None where not even the bytes could be had; ``error`` says what stood in the way.
    """

    path: Path
    mime_type: str
    size_bytes: int = 0
    sha256: str | None = None
    text: str | None = None
    metadata: extraction.Metadata = field(default_factory=dict)
    error: ExtractionError | None = None

    @property
    def name(self) -> str:
        """The path as text; bytes that are no UTF-8 are written as escapes."""
        return os.fsencode(self.path).decode("utf-8", "backslashreplace")


def find_files(paths: Iterable[Path]) -> Iterator[Path]:
    """Walk folders, in a stable order, and yield the files that can be read; a file named is yielded."""
    for path in paths:
        if not path.is_dir():
            yield path
            continue
        for folder, subfolders, files in os.walk(path):
            subfolders[:] = sorted(name for name in subfolders if not _is_skipped(name))
            candidates = (Path(folder, name) for name in sorted(files))
            yield from (file for file in candidates if extraction.is_supported(mime_type_of(file)))


def _is_skipped(folder: str) -> bool:
    return folder.startswith(".") or folder in SKIPPED_FOLDERS


def mime_type_of(path: Path) -> str:
    """Guess the type from the name."""
    return _types.guess_type(path.name, strict=False)[0] or "application/octet-stream"


def read(path: Path) -> Reading:
    """Read a file; what fails is told in the result and never raised."""
    mime_type = mime_type_of(path)
    try:
        size = path.stat().st_size
        digest = sha256_of(path)
    except OSError as problem:
        error = ExtractionError(problem.strerror or str(problem), kind=type(problem).__name__)
        return Reading(path=path, mime_type=mime_type, error=error)
    try:
        text, metadata = _extract(path, mime_type, size)
    except ExtractionError as error:
        # An INTEGER column holds no more than this; a larger file is refused above in any case.
        return Reading(
            path=path, mime_type=mime_type, size_bytes=min(size, 2**31 - 1), sha256=digest, error=error
        )
    return Reading(
        path=path, mime_type=mime_type, size_bytes=size, sha256=digest, text=text, metadata=metadata
    )


def _extract(path: Path, mime_type: str, size: int) -> extraction.Extract:
    if size > MAX_BYTES:
        raise ExtractionError(f"larger than {MAX_BYTES >> 20} MiB", kind="TooLarge")
    return extraction.extract(path, mime_type)


def sha256_of(path: Path) -> str:
    """Hash a file in pieces, so that its size does not matter."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()
