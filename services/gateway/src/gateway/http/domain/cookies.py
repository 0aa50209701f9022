"""The `Cookie` header, as RFC 6265 §5.4 has browsers write it."""


def read_cookie(header: bytes | None, name: str) -> str | None:
    """The value of one cookie, None without it; the first where a name comes twice."""
    if header is None or name.encode() not in header:
        return None
    for part in header.decode("latin-1").split(";"):
        said, _, value = part.strip().partition("=")
        if said == name:
            return value
    return None
