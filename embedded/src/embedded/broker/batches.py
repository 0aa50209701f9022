"""Record batches, format v2: parse and check their header, read their records.

The CRC does not cover the base offset and the leader epoch, so the broker numbers a batch without
changing anything that the CRC covers.
https://kafka.apache.org/documentation/#recordbatch
"""

import struct
from collections.abc import Iterator, Sequence
from typing import NamedTuple, Protocol, cast

from aiokafka.codec import has_lz4, has_snappy, has_zstd
from aiokafka.errors import CorruptRecordException, UnsupportedCodecError
from aiokafka.record.default_records import DefaultRecordBatch, DefaultRecordBatchBuilder
from aiokafka.record.util import calc_crc32c

from embedded.broker.codes import BrokerError, Code

_HEADER = struct.Struct(">qiibIhiqqqhii")
HEADER_SIZE = _HEADER.size
_UNCOUNTED_BYTES = 12  # base offset and length, which the length does not count
_PREFIX = struct.Struct(">qii")
PREFIX_SIZE = _PREFIX.size
_CRC_AT, _CRC_FROM = 17, 21  # positions of the checksum, and of the first byte that it covers
_LAST_OFFSET_DELTA_AT = 23
# Bits of the attributes.
_TRANSACTIONAL_OR_CONTROL = 0x30
_CODEC = 0x07


class Record(Protocol):
    """One record as aiokafka decodes it. `timestamp`: POSIX milliseconds."""

    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes | None]]


class Header(NamedTuple):
    """The header of a batch, 61 bytes. The offset of a record is `base_offset` + its delta."""

    base_offset: int
    length: int
    leader_epoch: int
    magic: int
    crc: int
    attributes: int
    last_offset_delta: int
    first_timestamp: int
    max_timestamp: int
    producer_id: int
    producer_epoch: int
    base_sequence: int
    record_count: int

    @property
    def size(self) -> int:
        """Bytes of the complete batch, header included."""
        return self.length + _UNCOUNTED_BYTES

    @property
    def next_offset(self) -> int:
        return self.base_offset + self.last_offset_delta + 1

    @property
    def codec(self) -> int:
        return self.attributes & _CODEC


def read_header(data: bytes | memoryview, position: int = 0) -> Header | None:
    """The header at `position`; None if there is no valid one (too short, wrong magic)."""
    if len(data) - position < HEADER_SIZE:
        return None
    header = Header._make(_HEADER.unpack_from(data, position))
    if header.magic != 2 or header.size < HEADER_SIZE or header.last_offset_delta < 0:
        return None
    return header


def has_valid_crc(header: Header, batch: bytes | memoryview) -> bool:
    """Whether the checksum of a batch is right. `batch`: exactly its bytes."""
    return bool(calc_crc32c(memoryview(batch)[_CRC_FROM:]) == header.crc)


def check_incoming(batch: bytes, *, keyed: bool) -> Header:
    """The header of what a client sent: exactly one valid batch, neither transactional nor control.

    `keyed`: the topic is compacted, so that every record must have a key.

    Raises `BrokerError`.
    """
    if len(batch) >= HEADER_SIZE and batch[16] < 2:
        raise BrokerError(Code.UNSUPPORTED_FOR_MESSAGE_FORMAT)
    header = read_header(batch)
    if header is None or header.size > len(batch):
        raise BrokerError(Code.CORRUPT_MESSAGE)
    if header.size < len(batch):
        raise BrokerError(Code.INVALID_RECORD, "Un seul lot par partition et par requête.")
    if not has_valid_crc(header, batch):
        raise BrokerError(Code.CORRUPT_MESSAGE)
    if header.attributes & _TRANSACTIONAL_OR_CONTROL:
        raise BrokerError(Code.INVALID_REQUEST, "Ce courtier n'a pas de transactions.")
    if header.record_count < 1 or header.last_offset_delta != header.record_count - 1:
        raise BrokerError(Code.INVALID_RECORD)
    if keyed:
        _check_keys(header, batch)
    return header


def _check_keys(header: Header, batch: bytes) -> None:
    if not can_decompress(header.codec):
        raise BrokerError(
            Code.UNSUPPORTED_COMPRESSION_TYPE,
            "Un sujet compacté se lit enregistrement par enregistrement : aucun décodeur ici.",
        )
    offset = header.base_offset
    try:
        for record in records(batch):
            if record.key is None or record.offset != offset:
                raise BrokerError(Code.INVALID_RECORD, "Un sujet compacté demande une clé.")
            offset += 1
    except ValueError as error:
        raise BrokerError(Code.CORRUPT_MESSAGE) from error
    if offset != header.next_offset:
        raise BrokerError(Code.INVALID_RECORD)


def can_decompress(codec: int) -> bool:
    """Whether records with this codec can be read here: 0 none, 1 gzip, 2 snappy, 3 lz4, 4 zstd."""
    if codec < 2:
        return True
    available = {2: has_snappy, 3: has_lz4, 4: has_zstd}.get(codec)
    return available is not None and available()


def records(batch: bytes) -> Iterator[Record]:
    """The records of one batch. Raises ValueError if they cannot be read."""
    try:
        yield from cast(Iterator[Record], DefaultRecordBatch(batch))
    except (CorruptRecordException, UnsupportedCodecError, OSError, EOFError) as error:
        raise ValueError(str(error)) from error


def prefix(base_offset: int, header: Header) -> bytes:
    """The first 16 bytes of a stored batch: its base offset, its length, epoch 0."""
    return _PREFIX.pack(base_offset, header.length, 0)


def build(
    entries: Sequence[tuple[bytes | None, bytes | None]], base_offset: int, timestamp: int
) -> bytes:
    """A batch of the broker's own. `entries`: keys and values, in order. `timestamp`: POSIX
    milliseconds."""
    builder = DefaultRecordBatchBuilder(2, 0, 0, -1, -1, -1, 1 << 30)
    for delta, (key, value) in enumerate(entries):
        builder.append(delta, timestamp, key, value, [])
    batch = bytearray(builder.build())
    _PREFIX.pack_into(batch, 0, base_offset, len(batch) - _UNCOUNTED_BYTES, 0)
    return bytes(batch)


def rebuild(header: Header, retained: Sequence[Record]) -> bytes:
    """The batch with only the `retained` records (at least one), at their offsets.

    The producer, its sequence and the range of offsets do not change, as in Apache Kafka's cleaner:
    the batch still covers every offset that was acknowledged.
    """
    builder = DefaultRecordBatchBuilder(
        2,
        header.codec,
        0,
        header.producer_id,
        header.producer_epoch,
        header.base_sequence,
        1 << 30,
    )
    for record in retained:
        delta = record.offset - header.base_offset
        builder.append(delta, record.timestamp, record.key, record.value, record.headers)
    batch = bytearray(builder.build())
    _PREFIX.pack_into(batch, 0, header.base_offset, len(batch) - _UNCOUNTED_BYTES, 0)
    struct.pack_into(">i", batch, _LAST_OFFSET_DELTA_AT, header.last_offset_delta)
    struct.pack_into(">I", batch, _CRC_AT, calc_crc32c(bytes(batch[_CRC_FROM:])))
    return bytes(batch)
