"""What every page depends on: the language, who is logged in, and the address."""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from socle.auth import caller_of
from socle.http import ASGIApp, Receive, Scope, Send
from socle.pages.languages import Language, preferred_language

_PEOPLE: Final = frozenset({"traveller", "patient", "professional", "coordinator", "integrator"})
"""The roles of accounts that people log in to."""
ROLE_PAGES: Final[Mapping[str, str]] = {
    "professional": "/pro",
    "patient": "/mon-dossier",
    "coordinator": "/lab",
}
"""The addresses of the pages that are open to one role only, by role."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who reads a page."""

    role: str = "anonymous"
    """The platform's role."""
    name: str | None = None
    """The name to display, if this service receives it."""
    form_tag: str = ""
    """Tells accounts apart in the forms that they opened, without a name; empty: not logged in."""

    @classmethod
    def of_account(cls, role: str, subject: str, name: str | None) -> "Visitor":
        """The visitor with that role and pseudonym."""
        tag = hashlib.sha256(b"form:" + subject.encode()).hexdigest()[:16]
        return cls(role, name, tag if role in _PEOPLE else "")

    @property
    def logged_in(self) -> bool:
        return self.role in _PEOPLE

    @property
    def own_page(self) -> str | None:
        """The address of the page of their role, if it has one."""
        return ROLE_PAGES.get(self.role)


@dataclass(frozen=True, slots=True)
class PageRequest:
    """The request of a page."""

    language: Language = "fr"
    visitor: Visitor = Visitor()
    path: str = "/"
    """Without the query, decoded."""
    address: str = "/"
    """Path and query, encoded: an address that cannot leave this site."""
    method: str = "GET"
    """A HEAD is handled as a GET."""


_current: ContextVar[PageRequest] = ContextVar("page_request", default=PageRequest())  # noqa: B039


def page_request() -> PageRequest:
    """The request that is being answered. Outside of one: the home page, anonymous, in French."""
    return _current.get()


def page_request_of(scope: Scope, visitor: Visitor) -> PageRequest:
    """The page request of an ASGI scope."""
    headers = [value for name, value in scope["headers"] if name == b"accept-language"]
    raw_path = scope.get("raw_path") or quote(scope["path"]).encode()
    address = "/" + raw_path.decode("latin-1").lstrip("/\\")
    if query := scope["query_string"].decode("latin-1"):
        address += f"?{query}"
    language = preferred_language(b",".join(headers).decode("latin-1"))
    method = "GET" if scope["method"] == "HEAD" else scope["method"]
    return PageRequest(language, visitor, scope["path"], address, method)


@contextmanager
def answering(request: PageRequest) -> Iterator[None]:
    """While the context is open, `page_request()` returns this request."""
    token = _current.set(request)
    try:
        yield
    finally:
        _current.reset(token)


def _verified_caller(scope: Scope) -> Visitor:
    caller = caller_of(scope)
    return Visitor.of_account(caller.role, caller.subject, caller.name)


class PageRequests:
    """The ASGI layer that sets `page_request()` for the application.

    `visitor_of`: who sends a request; by default, the verified caller (`socle.auth`).
    """

    def __init__(
        self, app: ASGIApp, visitor_of: Callable[[Scope], Visitor] = _verified_caller
    ) -> None:
        self._app, self._visitor_of = app, visitor_of

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        with answering(page_request_of(scope, self._visitor_of(scope))):
            await self._app(scope, receive, send)
