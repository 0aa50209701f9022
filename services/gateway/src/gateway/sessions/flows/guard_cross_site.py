"""Protection against cross-site request forgery.

Browsers send a session cookie with every request, even one that another site triggers: a request
that may change something is refused unless it comes from the platform's own pages. On routes that
enrol participants this holds for anonymous callers too: no other site can make a person consent.

https://cheatsheetseries.owasp.org/cheatsheets/Cross-Site_Request_Forgery_Prevention_Cheat_Sheet.html
"""

from typing import Final

from gateway.routes.domain.request_context import RequestContext
from gateway.routes.ports import Stage
from socle.errors import Refusal

_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_SMALL_QUOTAS: Final = frozenset({"voice", "push"})
_OTHER_SITES: Final = frozenset({b"cross-site", b"same-site"})
_CROSS_SITE: Final = (
    "Cette action a été demandée depuis un autre site : elle est refusée. "
    "Recommencez depuis les pages de Région Lab."
)


def guard_cross_site(public: str) -> Stage:
    """The stage that refuses requests of other sites. `public`: the platform's own origin.

    It raises Refusal("forbidden").
    """
    own_origin = public.rstrip("/").encode()

    async def guard(context: RequestContext) -> None:
        # An opinion or a subscription needs no session. Any method counts against their small
        # quotas, so that another site must not be able to use them up.
        if context.route.plan_class in _SMALL_QUOTAS and _is_cross_site(context, own_origin):
            raise Refusal("forbidden", _CROSS_SITE, rule="cross_site")
        enrols = context.route.participant and context.identity.means == "none"
        if not (context.identity.means == "session" or enrols) or context.method in _SAFE:
            return
        if not _same_origin(context, own_origin):
            raise Refusal("forbidden", _explain(context, public.rstrip("/")), rule="cross_site")

    return guard


def _explain(context: RequestContext, public: str) -> str:
    if b"origin" in context.headers or b"sec-fetch-site" in context.headers:
        return _CROSS_SITE
    # A program without browser headers: the message is for its author.
    return (
        "Rien ne dit d'où cette action est demandée : elle est refusée. Un programme qui agit sans "
        f"jeton l'écrit dans un en-tête : « Origin: {public} »."
    )


def _same_origin(context: RequestContext, own_origin: bytes) -> bool:
    """By the headers that no script can set (Fetch §4.6.7, §3.2.5)."""
    site = context.headers.get(b"sec-fetch-site")
    if site is not None and site != b"same-origin":
        return False
    origin = context.headers.get(b"origin")
    if origin is not None:
        return origin == own_origin
    # Neither header: not a current browser, nothing to rely on.
    return site is not None


def _is_cross_site(context: RequestContext, own_origin: bytes) -> bool:
    """Whether a browser reports another origin; programs send no such header."""
    origin = context.headers.get(b"origin", own_origin)
    return origin != own_origin or context.headers.get(b"sec-fetch-site") in _OTHER_SITES
