"""The end of a wait for the runner lock, told alike on every engine."""

from __future__ import annotations

from limosa.errors import Locked
from limosa.model.limits import Limits
from limosa.model.run import Holder


def check_patience(what: str, holder: Holder | None, waited_s: float, limits: Limits) -> None:
    """Raise Locked, naming the holder, when the granted wait is over."""
    if waited_s < limits.runner_wait_s:
        return
    raise Locked(
        f"another runner has held {what} for the {limits.runner_wait_s:g} s that were granted"
        + (f": {holder}" if holder else ""),
        hint="wait for it to finish, or raise LIMOSA_RUNNER_WAIT_S",
        holder=None if holder is None else str(holder),
        waited_s=waited_s,
    )
