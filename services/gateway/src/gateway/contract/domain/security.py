"""The security requirements of an operation, from the access rule of its route.

https://spec.openapis.org/oas/v3.1.0#security-requirement-object
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from gateway.callers.domain.identity import ROLES
from gateway.routes.domain.routes import OWN, Route
from gateway.sessions.domain.session import COOKIE

BEARER: Final = "bearer"
SESSION: Final = "session"
API_KEY: Final = "apiKey"

SCHEMES: Final[Mapping[str, Mapping[str, str]]] = {
    BEARER: {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "Un jeton d’accès de la plateforme, ou d’un émetteur qu’elle reconnaît.",
    },
    SESSION: {
        "type": "apiKey",
        "in": "cookie",
        "name": COOKIE,
        "description": "La session d’une personne connectée avec son navigateur (/auth/login).",
    },
    API_KEY: {
        "type": "apiKey",
        "in": "header",
        "name": "X-Api-Key",
        "description": "Une clé gratuite : elle ouvre un plan plus large, et dit de qui il est.",
    },
}


def security_of(
    route: Route, method: str, from_service: Sequence[Mapping[str, Any]] | None
) -> dict[str, Any]:
    """`security`, `x-roles` and `x-plan` of the operation of that route with that method.

    `from_service`: the security requirements in the service's own document. They are published as
    they are if the service verifies `Authorization` itself, and if they are the gateway's own.
    """
    as_declared = route.credentials or (route.service == OWN and from_service)
    security = from_service or [] if as_declared else _security(route, from_service or ())
    roles = [role for role in ROLES if role in route.access.roles]
    return {"security": security, "x-roles": roles, "x-plan": route.plan_class_of(method)}


def _security(
    route: Route, from_service: Sequence[Mapping[str, Any]]
) -> list[Mapping[str, list[str]]]:
    """The alternatives; none if the operation never needs credentials. An empty one comes first if
    it needs them in some cases only, which its description states.

    `from_service`: the security requirements in the service's own document. On an open route they
    mean that the service requires a known caller. Their scopes are published if the route has none.
    """
    access = route.access
    if access.open and not from_service:
        return []
    scopes = sorted(access.scopes) or [
        scope for rule in from_service for each in rule.values() for scope in each
    ]
    # One scope is enough, and a session has none.
    required: list[Mapping[str, list[str]]] = (
        [{BEARER: [scope]} for scope in scopes] if scopes else [{BEARER: []}, {SESSION: []}]
    )
    return [{}, *required] if access.open and not all(from_service) else required
