"""Which responses are sent gzipped.

What cookies may open is sent as it is. Any site can make a browser request it, with words of its
own in the address, which pages repeat; whoever sees how long the compressed response is then learns
what else is in it (BREACH, https://www.breachattack.com).
"""

import re
from typing import Final

from gateway.http.domain.content_encoding import (
    Gzip,
    accepts_gzip,
    add_vary,
    gzipped_headers,
    is_compressible,
    is_large_enough,
)
from gateway.http.domain.headers import Header, HeaderMap
from gateway.routes.domain.request_context import RequestContext

_PUBLIC: Final = re.compile(rb"(?:^|,)[ \t]*public[ \t]*(?:,|$)", re.IGNORECASE)


def encode(
    context: RequestContext, status: int, headers: list[Header]
) -> tuple[list[Header], Gzip | None]:
    """The headers of a response as it is sent, and the encoder of its body; None: sent as it is."""
    by_name = dict(headers)
    if not context.route.compress or not is_compressible(by_name, status):
        return headers, None
    headers = add_vary(headers)
    if not accepts_gzip(context.headers) or context.method == "HEAD":
        return headers, None
    if not is_large_enough(by_name) or _is_secret(context, by_name):
        return headers, None
    return gzipped_headers(headers), Gzip()


def _is_secret(context: RequestContext, response: HeaderMap) -> bool:
    """Whether cookies may have opened the response. No other site can make a browser send a token,
    and a public response is the same for everybody."""
    if b"cookie" not in context.headers or context.identity.means == "bearer":
        return False
    is_public = _PUBLIC.search(response.get(b"cache-control", b"")) is not None
    return context.route.no_store or not is_public
