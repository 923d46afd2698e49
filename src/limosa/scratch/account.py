"""The ordinary user as whom a server runs when the owner is root, whom PostgreSQL refuses."""

from __future__ import annotations

import os
import pwd
from dataclasses import dataclass
from typing import Any

from limosa.errors import ConfigError

_CANDIDATES = ("nobody", "postgres", "daemon")


@dataclass(frozen=True, slots=True)
class Account:
    """A user and a group of the machine, by number."""

    uid: int
    gid: int

    @property
    def as_options(self) -> dict[str, Any]:
        """The keyword arguments that make ``subprocess`` run a program as this user."""
        return {"user": self.uid, "group": self.gid, "extra_groups": []}


def server_account() -> Account | None:
    """Return whom to become, or None where the owner is an ordinary user already."""
    if os.geteuid() != 0:
        return None
    for name in _CANDIDATES:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_uid, entry.pw_gid)
    raise ConfigError(
        f"postgresql does not run as root, and none of the users {', '.join(_CANDIDATES)} exists",
        hint="run as an ordinary user, or add the user 'nobody'",
    )


def options_of(account: Account | None) -> dict[str, Any]:
    """Return the keyword arguments for ``subprocess``: none where nobody needs to be become."""
    return {} if account is None else account.as_options
