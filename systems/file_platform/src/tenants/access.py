"""Who may do what: a tenant by its key, an operator by the token of the environment."""

from __future__ import annotations

import hmac
from typing import Annotated

from fastapi import Depends, Request, Security
from fastapi.security import APIKeyHeader

from src.shared.errors import NotAllowed, NotAuthenticated
from src.shared.service import Service
from src.tenants import store
from src.tenants.models import Tenant

_key = APIKeyHeader(name="X-API-Key", scheme_name="tenant", auto_error=False)
_token = APIKeyHeader(name="X-Admin-Token", scheme_name="operator", auto_error=False)


def service_of(request: Request) -> Service:
    """Return the running service."""
    service: Service = request.app.state.service
    return service


ServiceOf = Annotated[Service, Depends(service_of)]


async def tenant_of(service: ServiceOf, key: Annotated[str | None, Security(_key)]) -> Tenant:
    """Return the tenant whose key came with the request."""
    if not key:
        raise NotAuthenticated("no key: send the tenant's key in the header X-API-Key")
    tenant = await store.with_key(service.database, key)
    if tenant is None:
        raise NotAuthenticated("nobody has this key: send the one that was shown when the tenant was made")
    if not tenant.is_active:
        raise NotAllowed(f"the tenant '{tenant.code}' is switched off: ask who runs the platform")
    return tenant


async def operator(service: ServiceOf, token: Annotated[str | None, Security(_token)]) -> None:
    """Let only those in who know the token."""
    expected = service.settings.admin_token
    if expected is None:
        raise NotAllowed("tenants cannot be managed: the service was started without ADMIN_TOKEN")
    if not token:
        raise NotAuthenticated("no token: send the value of ADMIN_TOKEN in the header X-Admin-Token")
    if not hmac.compare_digest(token.encode(), expected.encode()):
        raise NotAuthenticated("this is not the token: send the value of ADMIN_TOKEN in X-Admin-Token")


TenantOf = Annotated[Tenant, Depends(tenant_of)]
