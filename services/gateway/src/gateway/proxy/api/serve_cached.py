"""Answers that are kept, given to a caller: what it holds already, or in the form it takes."""

from gateway.http.domain.content_encoding import accepts_gzip
from gateway.http.domain.headers import Header
from gateway.proxy.api.asgi_caller import AsgiCaller
from gateway.proxy.domain.http_cache import CachedResponse, has_already, headers_of_304
from gateway.routes.domain.request_context import RequestContext

_READ = frozenset({"GET", "HEAD"})
# What asks for a part of an answer, or for another one than everybody's.
_OF_ITS_OWN = frozenset(
    {b"range", b"if-match", b"if-unmodified-since", b"content-length", b"transfer-encoding"}
)


def is_everybodys(context: RequestContext) -> bool:
    """Whether the answer to that request may be the one others get."""
    return (
        context.route.cacheable
        and context.method in _READ
        and not context.arms
        and _OF_ITS_OWN.isdisjoint(context.headers)
    )


async def give(
    kept: CachedResponse,
    besides: tuple[Header, ...],
    context: RequestContext,
    caller: AsgiCaller,
    *,
    now: float,
) -> None:
    """Answer with it."""
    headers, body = kept.form(gzip=accepts_gzip(context.headers))
    said = ((b"age", kept.age(now)), *besides)
    if has_already(context.headers, kept.tag()):
        await caller.start(304, [*headers_of_304(headers), *said])
        await caller.end(b"")
        return
    await caller.start(200, [*headers, *said])
    await caller.end(body)
