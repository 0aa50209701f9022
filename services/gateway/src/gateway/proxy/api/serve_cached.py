"""Cached responses to callers: a 304, or the form that the caller accepts."""

from gateway.http.domain.content_encoding import accepts_gzip
from gateway.http.domain.headers import Header
from gateway.proxy.api.asgi_caller import AsgiCaller
from gateway.proxy.domain.http_cache import CachedResponse, has_already, headers_of_304
from gateway.routes.domain.request_context import RequestContext

_SAFE_METHODS = frozenset({"GET", "HEAD"})
# Request headers that ask for a part of a response, or for an individual one.
_INDIVIDUAL = frozenset(
    {b"range", b"if-match", b"if-unmodified-since", b"content-length", b"transfer-encoding"}
)


def is_shareable(context: RequestContext) -> bool:
    """Whether a request may be answered with a shared response."""
    return (
        context.route.cacheable
        and context.method in _SAFE_METHODS
        and not context.arms
        and _INDIVIDUAL.isdisjoint(context.headers)
    )


async def serve_cached(
    cached: CachedResponse,
    extra: tuple[Header, ...],
    context: RequestContext,
    caller: AsgiCaller,
    *,
    now: float,
) -> None:
    """Send a cached response, with those extra headers."""
    headers, body = cached.form(gzip=accepts_gzip(context.headers))
    added = ((b"age", cached.age(now)), *extra)
    if has_already(context.headers, cached.tag()):
        await caller.start(304, [*headers_of_304(headers), *added])
        await caller.end(b"")
        return
    await caller.start(200, [*headers, *added])
    await caller.end(body)
