"""Server-sent events with HTML fragments.

https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

from typing import Final

RETRY: Final = b"retry: 3000\n\n"
"""The beginning of a stream: milliseconds before a browser opens it again."""
HEARTBEAT: Final = b": rien de neuf\n\n"


def event(name: str, data: str) -> bytes:
    """An event; empty lines of its data are left out."""
    lines = "".join(f"data: {line}\n" for line in data.splitlines() if line.strip())
    return f"event: {name}\n{lines}\n".encode()
