"""Runs plans on scratch copies, through the very executor of a real run, and tells what they did there."""

from __future__ import annotations

from limosa.rehearse.capture import Captured, capture
from limosa.rehearse.copy import Copy, copied
from limosa.rehearse.stage import Stage

__all__ = ["Captured", "Copy", "Stage", "capture", "copied"]
