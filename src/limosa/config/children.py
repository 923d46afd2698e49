"""The variables of a program that we start: ours, and those it needs besides."""

from __future__ import annotations

import os


def environment_of_children() -> dict[str, str]:
    """Return a copy of our own variables; a secret is added to it, never to a command line."""
    return dict(os.environ)
