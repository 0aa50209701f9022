"""A cookie comes with every request of a browser, even one that another site had it send: what may
change something is refused unless our own pages sent it. Where people enrol, that is so before they
have any: nobody agrees to a pilot by reading another site.

https://cheatsheetseries.owasp.org/cheatsheets/Cross-Site_Request_Forgery_Prevention_Cheat_Sheet.html
"""

from typing import Final

from gateway.routes.domain.request_context import Visit
from gateway.routes.ports import Stage
from socle.errors import Refusal

_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_OTHERS: Final = frozenset({b"cross-site", b"same-site"})
_ELSEWHERE: Final = (
    "Cette action a été demandée depuis un autre site : elle est refusée. "
    "Recommencez depuis les pages de Région Lab."
)


def guard_session(public: str) -> Stage:
    """The stage. `public`: our own origin, as browsers name it."""
    own = public.rstrip("/").encode()

    async def guard(visit: Visit) -> None:
        if visit.route.plan_class == "voice" and _from_elsewhere(visit, own):
            raise Refusal("forbidden", _ELSEWHERE, why="cross-site")
        by_cookie = visit.route.participant and visit.identity.means == "none"
        if not (visit.identity.means == "session" or by_cookie) or visit.method in _SAFE:
            return
        if not _same_origin(visit, own):
            raise Refusal("forbidden", _why(visit, public.rstrip("/")), why="cross-site")

    return guard


def _why(visit: Visit, public: str) -> str:
    if b"origin" in visit.named or b"sec-fetch-site" in visit.named:
        return _ELSEWHERE
    # No browser: a program, whose author reads this.
    return (
        "Rien ne dit d'où cette action est demandée : elle est refusée. Un programme qui agit sans "
        f"jeton l'écrit dans un en-tête : « Origin: {public} »."
    )


def _same_origin(visit: Visit, own: bytes) -> bool:
    """What the browser says, in headers that no script can write (Fetch §4.6.7, §3.2.5)."""
    site = visit.named.get(b"sec-fetch-site")
    if site is not None and site != b"same-origin":
        return False
    origin = visit.named.get(b"origin")
    if origin is not None:
        return origin == own
    # Neither: no browser of the last years, and nothing to believe.
    return site is not None


def _from_elsewhere(visit: Visit, own: bytes) -> bool:
    """Whether a browser says that another site's page asks this. A program says nothing."""
    origin = visit.named.get(b"origin", own)
    return origin != own or visit.named.get(b"sec-fetch-site") in _OTHERS
