"""From a scan to text: Tesseract for a picture, the text layer for a PDF."""

from __future__ import annotations

import shutil
import warnings
from pathlib import Path
from typing import Any

import pytesseract  # type: ignore[import-untyped]
from PIL import Image, UnidentifiedImageError
from pypdf import PdfReader
from pypdf.errors import PyPdfError

from app.errors import Unreadable
from app.fields import read_fields

OCR_TIMEOUT_S = 60
LONGEST_TEXT = 100_000
LINES = "--psm 6"
"""Line by line: what stands beside a label belongs to it, however wide the gap is."""


def read_document(path: Path) -> dict[str, Any]:
    """Return how a scan was read, its text and its fields; raise ``Unreadable`` with the reason."""
    is_pdf = path.suffix == ".pdf"
    if not path.is_file():
        raise Unreadable("the scan is no longer in the folder of scans")
    text = (_text_layer(path) if is_pdf else _recognised(path)).replace("\0", "")[:LONGEST_TEXT]
    fields = read_fields(text)
    if not fields:
        raise Unreadable("the scan was read, and nothing on it looks like a field of an identity document")
    return {"method": "text layer" if is_pdf else "tesseract", "text": text, "fields": fields}


def has_tesseract() -> bool:
    """Say whether pictures can be read on this machine."""
    return shutil.which(pytesseract.pytesseract.tesseract_cmd) is not None


def _recognised(path: Path) -> str:
    if not has_tesseract():
        raise Unreadable(
            "Tesseract is not installed where the worker runs, so pictures cannot be read; "
            "install it (apt install tesseract-ocr), or submit a PDF that has its text"
        )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path) as image:
                return str(
                    pytesseract.image_to_string(image.convert("L"), config=LINES, timeout=OCR_TIMEOUT_S)
                )
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise Unreadable("the picture has more points than a scan can have") from error
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
        raise Unreadable(f"the picture is damaged: {type(error).__name__}") from error
    except RuntimeError as error:  # pytesseract's own, for a timeout and for an exit status
        raise Unreadable(f"Tesseract gave up: {error}") from error


def _text_layer(path: Path) -> str:
    try:
        with PdfReader(path) as reader:
            text = "\n".join(page.extract_text() for page in reader.pages)
    except (PyPdfError, ValueError, KeyError, TypeError, OSError, RecursionError) as error:
        raise Unreadable(f"the PDF is damaged: {type(error).__name__}") from error
    if not text.strip():
        raise Unreadable("the PDF has no text layer; submit its pages as pictures (PNG, JPEG or TIFF)")
    return text
