"""Text and metadata out of one file, by its type."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

from bs4 import BeautifulSoup
from markdown_it import MarkdownIt
from markdown_it.token import Token
from pypdf import PdfReader

Metadata = dict[str, str | int]
Extract = tuple[str, Metadata]

_markdown = MarkdownIt("commonmark")
logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # what it would log, the result says


class Unreadable(Exception):
    """A file that cannot be read; the message says why."""


def extract(path: Path, mime_type: str) -> Extract:
    """Return a file's text and what it says about itself; raise ``Unreadable``."""
    reader = _READERS.get(mime_type, _read_text if mime_type.startswith("text/") else None)
    if reader is None:
        raise Unreadable(f"no reader for {mime_type}: text, HTML, Markdown and PDF can be read")
    try:
        text, metadata = reader(path)
    except Exception as problem:  # a broken file can raise anything inside a parser
        raise Unreadable(f"{type(problem).__name__}: {storable(str(problem))}") from problem
    text = storable(text)
    return text, {**metadata, "characters": len(text)}


def storable(text: str) -> str:
    """Replace what PostgreSQL cannot store: the NUL character and halves of surrogate pairs."""
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode("utf-8")


def _read_text(path: Path) -> Extract:
    raw = path.read_bytes()
    try:
        return raw.decode("utf-8-sig"), {"encoding": "utf-8"}
    except UnicodeDecodeError:
        return raw.decode("latin-1"), {"encoding": "latin-1"}


def _read_html(path: Path) -> Extract:
    page = BeautifulSoup(path.read_bytes(), "html.parser")
    for unseen in page(["script", "style"]):
        unseen.decompose()
    title = page.title.get_text(strip=True) if page.title else ""
    return page.get_text("\n", strip=True), _titled(title)


def _read_markdown(path: Path) -> Extract:
    text, metadata = _read_text(path)
    tokens = _markdown.parse(text)
    headings = [tokens[i + 1].content for i, token in enumerate(tokens) if token.type == "heading_open"]
    lines = [line for line in map(_plain, tokens) if line]
    return "\n".join(lines), {**metadata, **_titled(headings[0] if headings else "")}


def _plain(token: Token) -> str:
    """Return the words of a block, without its marks."""
    if token.type in {"fence", "code_block"}:
        return token.content
    if token.type != "inline":
        return ""
    breaks = {"softbreak", "hardbreak"}
    return "".join("\n" if child.type in breaks else child.content for child in token.children or ())


def _read_pdf(path: Path) -> Extract:
    with PdfReader(path) as reader:
        pages = [page.extract_text() for page in reader.pages]
        title = (reader.metadata.title if reader.metadata else None) or ""
    return "\n".join(pages), {**_titled(title), "page_count": len(pages)}


def _titled(title: str) -> Metadata:
    return {"title": storable(title)} if title else {}


_READERS: dict[str, Callable[[Path], Extract]] = {
    "application/pdf": _read_pdf,
    "text/html": _read_html,
    "application/xhtml+xml": _read_html,
    "text/markdown": _read_markdown,
}
