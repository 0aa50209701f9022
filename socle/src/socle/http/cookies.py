"""Cookies as browsers are to keep them: for this very host, over HTTPS, unseen by scripts.

`__Host-` has the browser refuse one that another host of ours could have set (RFC 6265bis
§4.1.3.2). Browsers take http://localhost for secure, so that the demo is no exception.
"""

from fastapi import Response


def set_cookie(answer: Response, name: str, value: str, *, seconds: int | None = None) -> None:
    """`seconds`: how long it is kept; None, until the browser closes."""
    answer.set_cookie(
        name, value, max_age=seconds, path="/", secure=True, httponly=True, samesite="lax"
    )


def drop_cookie(answer: Response, name: str) -> None:
    """Have the browser forget it."""
    answer.delete_cookie(name, path="/", secure=True, httponly=True, samesite="lax")
