"""Where scans lie: a folder for each user, and names that no client has chosen."""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from app.errors import TooLarge, Unacceptable, UnknownKind

CHUNK_BYTES = 65_536
PRIVATE_FOLDER = 0o700
LONGEST_NAME = 255
_KINDS = {
    b"\x89PNG\r\n\x1a\n": ".png",
    b"\xff\xd8\xff": ".jpg",
    b"II*\x00": ".tif",
    b"MM\x00*": ".tif",
    b"%PDF-": ".pdf",
}
_LONGEST_MARK = max(map(len, _KINDS))


@dataclass(frozen=True, slots=True)
class Storage:
    """The folder of all scans."""

    folder: Path
    most_bytes: int

    @contextmanager
    def keeping(self, user: uuid.UUID, document: uuid.UUID, source: BinaryIO) -> Iterator[str]:
        """Write a scan and provide its path; it is removed again if the block fails."""
        suffix = kind_of(source)
        relative = f"{user.hex}/{document.hex}{suffix}"
        target = self.folder / relative
        target.parent.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
        try:
            self._copy(source, target)
            yield relative
        except BaseException:
            target.unlink(missing_ok=True)
            raise

    def _copy(self, source: BinaryIO, target: Path) -> None:
        written = 0
        with target.open("xb") as file:
            while chunk := source.read(CHUNK_BYTES):
                written += len(chunk)
                if written > self.most_bytes:
                    raise TooLarge(f"the file has more than {self.most_bytes} bytes")
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())

    def path(self, relative: str) -> Path:
        """Return where a kept file lies; a path that leaves the folder is refused, whoever wrote it down."""
        path = (self.folder / relative).resolve()
        if not path.is_relative_to(self.folder.resolve()):
            raise Unacceptable("the stored path lies outside the folder of scans")
        return path

    def remove(self, relative: str | None) -> None:
        """Remove one scan, if there is one."""
        if relative:
            self.path(relative).unlink(missing_ok=True)

    def remove_all(self, user: uuid.UUID) -> None:
        """Remove everything of a user's."""
        folder = self.folder / user.hex
        if folder.is_dir():
            shutil.rmtree(folder)


def kind_of(source: BinaryIO) -> str:
    """Tell the kind of a file by how it begins, and go back to its beginning."""
    begin = source.read(_LONGEST_MARK)
    source.seek(0)
    if not begin:
        raise Unacceptable("the file is empty")
    for mark, suffix in _KINDS.items():
        if begin.startswith(mark):
            return suffix
    raise UnknownKind("the file is none of PNG, JPEG, TIFF and PDF")


def checked_name(name: str | None) -> str:
    """Return a client's name of a file, for the record alone; one that is a path is refused."""
    if not name or len(name) > LONGEST_NAME:
        raise Unacceptable(f"the file needs a name of at most {LONGEST_NAME} characters")
    if name in {".", ".."} or any(sign in "/\\" or not sign.isprintable() for sign in name):
        raise Unacceptable("the file's name must be a name, not a path, and printable")
    return name
