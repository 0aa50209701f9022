"""aiokafka's connections on uvloop: a write to one that has just closed is a broken connection.

asyncio's own loop drops such a write, and aiokafka expects an OSError. uvloop raises RuntimeError,
which nothing there catches: the task that refreshes a client's metadata ends without a word, and
every consumer and producer of that client waits for ever. A broker that restarts is enough.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from aiokafka import conn
from aiokafka.conn import AIOKafkaConnection, CloseReason
from aiokafka.errors import KafkaConnectionError, KafkaError


class Connection(AIOKafkaConnection):  # type: ignore[misc]  # aiokafka is untyped here
    """One connection to a broker; what cannot be written any more is a KafkaConnectionError."""

    def send(self, request: Any, expect_response: bool = True) -> Any:
        with self._broken():
            return super().send(request, expect_response)

    def _send_sasl_token(self, payload: Any, expect_response: bool = True) -> Any:
        with self._broken():
            return super()._send_sasl_token(payload, expect_response)

    @contextmanager
    def _broken(self) -> Iterator[None]:
        try:
            yield
        except KafkaError:
            raise  # a RuntimeError too
        except RuntimeError as error:
            self.close(reason=CloseReason.CONNECTION_BROKEN)
            raise KafkaConnectionError(f"Connection at {self.host}:{self.port}: {error}") from error


def use_connections() -> None:
    """Have aiokafka open these from now on."""
    conn.AIOKafkaConnection = Connection
