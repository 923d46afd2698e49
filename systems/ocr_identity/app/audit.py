"""The trail: who did what, to which thing, from where."""

from __future__ import annotations

import ipaddress
import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, insert

from app.models import AuditLog

LONGEST_AGENT = 500


@dataclass(frozen=True, slots=True)
class Client:
    """Where a request came from."""

    address: str | None = None
    agent: str | None = None

    @classmethod
    def of(cls, host: str | None, agent: str | None) -> Client:
        """Keep of a request what the trail can hold; a socket has no address."""
        return cls(_address(host), agent[:LONGEST_AGENT] if agent else None)


def record(  # one argument a column
    connection: Connection,
    action: str,
    *,
    user: uuid.UUID | None = None,
    kind: str | None = None,
    thing: uuid.UUID | None = None,
    details: dict[str, Any] | None = None,
    client: Client | None = None,
) -> None:
    """Write one action into the trail, in the transaction of the action itself."""
    origin = client or Client()
    connection.execute(
        insert(AuditLog).values(
            user_id=user,
            action=action,
            resource_type=kind,
            resource_id=thing,
            details=details,
            ip_address=origin.address,
            user_agent=origin.agent,
        )
    )


def _address(host: str | None) -> str | None:
    try:
        return str(ipaddress.ip_address(host)) if host else None
    except ValueError:
        return None
