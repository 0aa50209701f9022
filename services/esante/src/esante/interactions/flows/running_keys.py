"""The Idempotency-Keys of the requests that run."""

from collections.abc import Iterator
from contextlib import contextmanager

from esante.core.domain.idempotency_key import IdempotencyKey
from socle.errors import Refusal


class RunningKeys:
    """The keys of the requests that this process executes. Another process detects a second request
    when it writes, since both would write the same record."""

    def __init__(self) -> None:
        self._running: set[tuple[str, str]] = set()

    @contextmanager
    def claim(self, key: IdempotencyKey) -> Iterator[None]:
        """Execute the request of that key. Raises Refusal("conflict") while another one does."""
        identity = key.account, key.text
        if identity in self._running:
            raise still_running()
        self._running.add(identity)
        try:
            yield
        finally:
            self._running.discard(identity)


def still_running() -> Refusal:
    """The Refusal of a request whose key another one uses at the same time."""
    return Refusal(
        "conflict",
        "Une demande qui porte cette Idempotency-Key est en cours ; réessayez quand elle a"
        " répondu.",
        issue="transient",
    )
