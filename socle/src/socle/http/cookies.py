"""Cookies bound to this host: Secure, HttpOnly, SameSite=Lax, Path=/.

A browser refuses a `__Host-` cookie that another host of the domain set (RFC 6265bis §4.1.3.2).
Browsers treat http://localhost as secure, so the demo uses the same cookies.
"""

from fastapi import Response


def set_cookie(answer: Response, name: str, value: str, *, seconds: int | None = None) -> None:
    """Add a cookie to a response, for that many seconds; None: until the browser closes."""
    answer.set_cookie(
        name, value, max_age=seconds, path="/", secure=True, httponly=True, samesite="lax"
    )


def drop_cookie(answer: Response, name: str) -> None:
    """Let the browser that receives the response delete the cookie."""
    answer.delete_cookie(name, path="/", secure=True, httponly=True, samesite="lax")
