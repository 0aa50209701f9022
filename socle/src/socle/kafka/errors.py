"""Translates aiokafka's errors: transient ones to `Retry`, too large records to `Refusal`."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from aiokafka import errors as kafka_errors

from socle.errors import Refusal, Retry

# Retriable by nature though aiokafka does not mark them so.
_PASSING = (
    asyncio.TimeoutError,
    ConnectionError,
    kafka_errors.KafkaConnectionError,
    kafka_errors.KafkaTimeoutError,
    # The broker forgot our producer or we left a gap: the next one starts anew.
    kafka_errors.OutOfOrderSequenceNumber,
    kafka_errors.UnknownProducerId,
    kafka_errors.InvalidProducerIdMapping,
    kafka_errors.ProducerFenced,
    kafka_errors.ProducerClosed,
)
_TOO_LARGE = (
    kafka_errors.MessageSizeTooLargeError,
    kafka_errors.RecordTooLargeError,
)


def passes(error: BaseException) -> bool:
    """Whether the same request may succeed later with nothing changed on our side."""
    if isinstance(error, _PASSING):
        return True
    return isinstance(error, kafka_errors.KafkaError) and bool(error.retriable)


@contextmanager
def translated(doing: str) -> Iterator[None]:
    """Raise what aiokafka raises as `Retry` or `Refusal` where it is one; `doing` is for people."""
    try:
        yield
    except _TOO_LARGE as error:
        raise Refusal("too_large", f"Message trop grand pour Kafka ({doing})") from error
    except Exception as error:
        if passes(error):
            raise Retry(f"Kafka ne répond pas ({doing}) : {error!r}") from error
        raise
