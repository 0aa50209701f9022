"""Server-sent events. https://html.spec.whatwg.org/multipage/server-sent-events.html"""

from typing import Final

COMMENT: Final = b": rien de neuf\n\n"
"""Sent while nothing happens, so that both sides see that the connection is open."""


def render_event(data: bytes, *, number: int | None = None, name: str | None = None) -> bytes:
    """One event.

    `number`: its id, which the client sends as `Last-Event-ID` when it comes back. `name`: of its
    type; None: `message`.
    """
    lines = [] if number is None else [b"id: %d" % number]
    if name is not None:
        lines.append(b"event: " + name.encode())
    # A resource is sent as it was received, in several lines if it was.
    lines += [b"data: " + each for each in data.splitlines()]
    return b"\n".join(lines) + b"\n\n"


def render_retry(milliseconds: int) -> bytes:
    """The line that sets after what time clients come back."""
    return b"retry: %d\n\n" % milliseconds
