"""The workshop of the run that this process belongs to: made when it is first asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from limosa.testing.workshop import Workshop

_WORKSHOP = pytest.StashKey["Workshop"]()


def workshop_of(config: pytest.Config) -> Workshop:
    """Return it, made if need be."""
    if _WORKSHOP not in config.stash:
        from limosa.testing.options import wishes_of  # noqa: PLC0415  a run that uses none of it loads none
        from limosa.testing.workshop import Workshop  # noqa: PLC0415

        config.stash[_WORKSHOP] = Workshop(wishes_of(config))
    return config.stash[_WORKSHOP]


def close_workshop(config: pytest.Config) -> None:
    """Remove what it made, if there was one."""
    workshop = config.stash.get(_WORKSHOP, None)
    if workshop is not None:
        del config.stash[_WORKSHOP]
        workshop.close()
