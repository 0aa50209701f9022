"""Redirect URIs: which can be registered, and how response parameters are added.

https://www.rfc-editor.org/rfc/rfc6749#section-3.1.2, https://www.rfc-editor.org/rfc/rfc8252#section-7
"""

import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlencode

_LOOPBACK: Final = re.compile(
    r"(?P<host>http://(?:127\.0\.0\.1|\[::1\]))(?::[0-9]{1,5})?(?P<rest>/.*)?"
)
# A private scheme is a reversed domain name, which somebody owns (RFC 8252 §7.1).
_OWN_SCHEME: Final = re.compile(r"[a-z][a-z0-9+-]*(?:\.[a-z0-9+-]+)+:/.*")
_WEB: Final = re.compile(r"(?:https://[^/?#@\\]+|http://localhost(?::[0-9]{1,5})?)(?:[/?].*)?")


def is_redirect_uri(uri: str) -> bool:
    """Whether a URI can be registered: https, http to `localhost` or a loopback address, or a
    private scheme."""
    if "#" in uri or not uri.isascii() or not uri.isprintable() or " " in uri:
        return False
    return any(shape.fullmatch(uri) for shape in (_WEB, _LOOPBACK, _OWN_SCHEME))


def form_target(uri: str) -> str:
    """The `form-action` source that lets a form end at `uri` (Content Security Policy)."""
    scheme, _, rest = uri.partition(":")
    if scheme not in ("http", "https"):
        return scheme + ":"
    return scheme + "://" + re.split(r"[/?]", rest.removeprefix("//"), maxsplit=1)[0]


def parse_loopback(uri: str) -> tuple[str, str] | None:
    """The scheme with the host, and the path with the query, of a loopback URI: its port does not
    count. None for any other, `localhost` included (RFC 8252 §8.3 advises against it)."""
    found = _LOOPBACK.fullmatch(uri)
    return (found["host"], found["rest"] or "/") if found else None


def with_parameters(redirect_uri: str, parameters: Mapping[str, str]) -> str:
    """A redirect URI with response parameters added to its query (RFC 6749 §3.1.2)."""
    return f"{redirect_uri}{'&' if '?' in redirect_uri else '?'}{urlencode(parameters)}"
