"""`python -m gateway.wiring.routes`: the route table as JSON, an object for each route, in order.

For other programs (`regionlab routes`). `open`: no credentials are needed. `scopes` are
alternatives: one is enough. `own_keys`: the service verifies keys of its own, so that the caller's
`Authorization` reaches it. `body_bytes`: the largest request body. `seconds`: the limit of a
complete exchange, null if a response may never end.
"""

import sys
from typing import Any

import orjson

from gateway.callers.domain.identity import ROLES
from gateway.routes.domain.route_table import TABLE
from gateway.routes.domain.routes import Route


def render_route(route: Route) -> dict[str, Any]:
    """The JSON of one route, with who may call it and its limits."""
    return {
        "address": route.pattern,
        "methods": sorted(route.methods),
        "service": route.service,
        "open": route.access.open,
        "roles": [role for role in ROLES if role in route.access.roles],
        "scopes": sorted(route.access.scopes),
        "plan": route.plan_class,
        "own_keys": route.credentials,
        "body_bytes": route.limits.body_bytes,
        "seconds": route.limits.total,
    }


if __name__ == "__main__":
    sys.stdout.buffer.write(orjson.dumps([render_route(route) for route in TABLE.routes]) + b"\n")
