"""What is wrong with a request whoever sends it: its method, its path, its size."""

from gateway.http.domain.headers import HeaderMap
from gateway.routes.api import METHOD
from gateway.routes.domain.routes import Route, has_dot_segment
from socle.errors import Refusal
from socle.http import Problem, Scope, of_refusal
from socle.http.exchange import too_large
from socle.http.problems import METHOD_NOT_ALLOWED


def dotted() -> Refusal:
    """An address with `.` or `..`, which a service could take for another than was judged."""
    return Refusal("invalid", "L'adresse contient un segment « . » ou « .. ».")


def not_allowed(method: str, route: Route) -> Problem:
    """The address exists, not with that method."""
    return Problem(
        METHOD_NOT_ALLOWED,
        f"Cette adresse n'accepte pas la méthode {method} ; méthodes possibles : {route.allow}.",
        {"allowed": sorted(route.methods)},
        [(b"allow", route.allow.encode())],
    )


def misshapen(scope: Scope, route: Route, named: HeaderMap) -> Problem | None:
    """What is wrong with the request whoever sends it."""
    if scope[METHOD] not in route.methods:
        return not_allowed(scope[METHOD], route)
    if has_dot_segment(scope["raw_path"].decode("ascii")):
        return of_refusal(dotted())
    length = named.get(b"content-length")
    if length is not None and int(length) > route.limits.body_bytes:
        return too_large(route.limits.body_bytes)
    return None
