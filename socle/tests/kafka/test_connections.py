"""A connection to the broker that closes while something is written is broken, no worse."""

import asyncio

import aiokafka.conn
import pytest
from aiokafka.errors import KafkaConnectionError
from aiokafka.protocol.metadata import MetadataRequest

import socle.kafka


async def test_a_write_to_one_that_has_just_closed_is_a_broken_connection(
    kafka_address: str,
) -> None:
    assert socle.kafka.Reader
    host, _, port = kafka_address.rpartition(":")
    connection = await aiokafka.conn.create_conn(host, int(port), client_id="test")
    try:
        connection._writer.transport.abort()
        await asyncio.sleep(0)  # closed by then; aiokafka learns of it a turn of the loop later
        with pytest.raises(KafkaConnectionError):
            await connection.send(MetadataRequest([]))
        assert not connection.connected()
    finally:
        connection.close()
