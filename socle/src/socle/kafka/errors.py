"""Translates aiokafka's errors: transient ones to `Retry`, too large records to `Refusal`."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from aiokafka import errors as kafka_errors

from socle.errors import Refusal, Retry

# Retriable by nature though aiokafka does not mark them so.
_TRANSIENT = (
    asyncio.TimeoutError,
    ConnectionError,
    kafka_errors.KafkaConnectionError,
    kafka_errors.KafkaTimeoutError,
    # The broker no longer knows our producer, or a sequence number is missing: the next producer
    # starts with new ones (`publisher`).
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


def is_transient(error: BaseException) -> bool:
    """Whether the same request, unchanged, may succeed later."""
    if isinstance(error, _TRANSIENT):
        return True
    return isinstance(error, kafka_errors.KafkaError) and bool(error.retriable)


@contextmanager
def translated(action: str) -> Iterator[None]:
    """Raise aiokafka's transient errors as `Retry`, and those of too large records as `Refusal`.

    `action`: what fails, in French, for the message.
    """
    try:
        yield
    except _TOO_LARGE as error:
        raise Refusal("too_large", f"Message trop grand pour Kafka ({action})") from error
    except Exception as error:
        if is_transient(error):
            raise Retry(f"Kafka ne répond pas ({action}) : {error!r}") from error
        raise
