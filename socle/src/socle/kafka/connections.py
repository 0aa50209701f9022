"""aiokafka's connections on uvloop: a write to one that has just closed is a broken connection.

asyncio's own loop drops such a write, and aiokafka expects an OSError. uvloop raises RuntimeError,
which nothing there catches: the task that refreshes a client's metadata ends, no log says so, and
every consumer and producer of that client waits for ever. A broker that restarts is enough.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from aiokafka import conn
from aiokafka.conn import AIOKafkaConnection, CloseReason
from aiokafka.errors import KafkaConnectionError, KafkaError


class Connection(AIOKafkaConnection):  # type: ignore[misc]  # aiokafka is untyped here
    """One connection to a broker; a write after it has closed raises KafkaConnectionError."""

    def send(self, request: Any, expect_response: bool = True) -> Any:
        with self._closed_as_kafka_error():
            return super().send(request, expect_response)

    def _send_sasl_token(self, payload: Any, expect_response: bool = True) -> Any:
        with self._closed_as_kafka_error():
            return super()._send_sasl_token(payload, expect_response)

    @contextmanager
    def _closed_as_kafka_error(self) -> Iterator[None]:
        try:
            yield
        except KafkaError:
            raise  # KafkaError is a RuntimeError
        except RuntimeError as error:
            if self._writer is None or not self._writer.is_closing():
                raise
            self.close(reason=CloseReason.CONNECTION_BROKEN)
            raise KafkaConnectionError(f"Connection at {self.host}:{self.port}: {error}") from error


def patch_aiokafka() -> None:
    """Make aiokafka open these connections from now on."""
    conn.AIOKafkaConnection = Connection
