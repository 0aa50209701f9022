"""Cached responses to callers: a 304, or the form that the caller accepts."""

from gateway.http.domain.content_encoding import accepts_gzip
from gateway.http.domain.headers import Header
from gateway.proxy.api.asgi_caller import AsgiCaller
from gateway.proxy.domain.http_cache import CachedResponse, headers_of_304
from gateway.routes.domain.request_context import RequestContext
from socle.http import is_not_modified

_SAFE_METHODS = frozenset({"GET", "HEAD"})
# Headers of requests for a part of a response, with conditions, or with a body.
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
    """Send a cached response, or a 304 if the caller has it. `extra`: headers to add.

    `now`: monotonic seconds.
    """
    headers, body = cached.form(gzip=accepts_gzip(context.headers))
    added = ((b"age", cached.age(now)), *extra)
    if is_not_modified(context.headers, cached.tag()):
        await caller.start(304, [*headers_of_304(headers), *added])
        await caller.end(b"")
        return
    await caller.start(200, [*headers, *added])
    await caller.end(body)
