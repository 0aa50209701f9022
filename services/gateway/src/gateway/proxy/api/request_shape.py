"""Checks of a request's shape, before its caller is known: method, path, declared size."""

from gateway.http.domain.headers import HeaderMap
from gateway.routes.api import METHOD
from gateway.routes.domain.routes import Route, has_dot_segment
from socle.errors import Refusal
from socle.http import Problem, Scope, of_refusal
from socle.http.exchange import too_large
from socle.http.problems import METHOD_NOT_ALLOWED


def dot_segment_refusal() -> Refusal:
    """The refusal of a path with `.` or `..`, which a service could resolve to another path."""
    return Refusal("invalid", "L'adresse contient un segment « . » ou « .. ».")


def method_not_allowed(method: str, route: Route) -> Problem:
    """The problem of a path that exists, but not with that method."""
    return Problem(
        METHOD_NOT_ALLOWED,
        f"Cette adresse n'accepte pas la méthode {method} ; méthodes possibles : {route.allow}.",
        {"allowed": sorted(route.methods)},
        [(b"allow", route.allow.encode())],
    )


def check_shape(scope: Scope, route: Route, headers: HeaderMap) -> Problem | None:
    """The problem of a malformed request; None if it is well formed."""
    if scope[METHOD] not in route.methods:
        return method_not_allowed(scope[METHOD], route)
    if has_dot_segment(scope["raw_path"].decode("ascii")):
        return of_refusal(dot_segment_refusal())
    length = headers.get(b"content-length")
    if length is not None and int(length) > route.limits.body_bytes:
        return too_large(route.limits.body_bytes)
    return None
