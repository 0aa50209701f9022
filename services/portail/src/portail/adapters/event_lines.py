"""A parser of server-sent events: returns the data of each event.

https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream
"""

from typing import Final

from socle.errors import Refusal

MAX_EVENT_BYTES: Final = 4 * 1024 * 1024
"""Greatest size of one event."""


class EventLines:
    """Parses one stream, given in pieces of any size; buffers the incomplete event."""

    def __init__(self) -> None:
        self._pending = b""
        self._data: list[bytes] = []

    def feed(self, piece: bytes) -> list[bytes]:
        """The data of the events that this piece completes.

        Raises Refusal ("unavailable") for one that does not end within `MOST_BYTES`.
        """
        *lines, self._pending = (self._pending + piece).split(b"\n")
        if len(self._pending) + sum(map(len, self._data)) > MAX_EVENT_BYTES:
            raise Refusal("unavailable", "Le service d'information répond de travers.")
        complete: list[bytes] = []
        for line in lines:
            line = line.removesuffix(b"\r")
            if line.startswith(b"data:"):
                self._data.append(line[5:].removeprefix(b" "))
            elif not line and self._data:
                complete.append(b"\n".join(self._data))
                self._data = []
        return complete
