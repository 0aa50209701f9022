"""The `Cookie` header, as RFC 6265 §5.4 has browsers write it."""


def read_cookie(header: bytes | None, name: str) -> str | None:
    """The value of a cookie, None if absent; the first if its name is repeated."""
    if header is None or name.encode() not in header:
        return None
    for part in header.decode("latin-1").split(";"):
        key, _, value = part.strip().partition("=")
        if key == name:
            return value
    return None
