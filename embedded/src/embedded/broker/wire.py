"""The protocol's frames: which APIs in which versions, and their fields by name.

aiokafka defines the fields on the wire. A request becomes a dictionary by field name, and a
dictionary becomes the response in the version of the request: each version uses the fields that it
has, so that one handler serves them all.
https://kafka.apache.org/protocol
"""

import struct
from dataclasses import dataclass
from io import BytesIO
from types import ModuleType
from typing import Any

from aiokafka.protocol import (
    admin,
    commit,
    coordination,
    fetch,
    group,
    metadata,
    offset,
    produce,
    transaction,
)
from aiokafka.protocol.types import Array, Schema, String

Fields = dict[str, Any]
"""A request, a response or a part of one: values by field name."""

MAX_FRAME = 32 << 20  # bytes
_MAX_FRAME_BUT_PRODUCE = 4 << 20  # the same for requests that carry no records
_PRODUCE, API_VERSIONS = 0, 18

# API key → where aiokafka defines it, its name there, the versions served.
APIS: dict[int, tuple[ModuleType, str, int, int]] = {
    0: (produce, "ProduceRequest", 3, 7),
    1: (fetch, "FetchRequest", 4, 4),
    2: (offset, "OffsetRequest", 1, 3),
    3: (metadata, "MetadataRequest", 0, 5),
    8: (commit, "OffsetCommitRequest", 2, 3),
    9: (commit, "OffsetFetchRequest", 1, 3),
    10: (coordination, "FindCoordinatorRequest", 0, 1),
    11: (group, "JoinGroupRequest", 0, 2),
    12: (group, "HeartbeatRequest", 0, 1),
    13: (group, "LeaveGroupRequest", 0, 1),
    14: (group, "SyncGroupRequest", 0, 1),
    15: (admin, "DescribeGroupsRequest", 0, 2),
    16: (admin, "ListGroupsRequest", 0, 1),
    18: (admin, "ApiVersionRequest", 0, 2),
    19: (admin, "CreateTopicsRequest", 0, 3),
    20: (admin, "DeleteTopicsRequest", 0, 3),
    21: (admin, "DeleteRecordsRequest", 0, 1),
    22: (transaction, "InitProducerIdRequest", 0, 0),
    32: (admin, "DescribeConfigsRequest", 0, 2),
    33: (admin, "AlterConfigsRequest", 0, 1),
    37: (admin, "CreatePartitionsRequest", 0, 1),
    42: (admin, "DeleteGroupsRequest", 0, 1),
}
_STRUCTS: dict[tuple[int, int], Any] = {
    (key, version): getattr(module, f"{name}_v{version}")
    for key, (module, name, least, most) in APIS.items()
    for version in range(least, most + 1)
}
_HEADER = struct.Struct(">hhi")
_LENGTH_AND_CORRELATION = struct.Struct(">ii")


class MalformedFrame(Exception):
    """The client sent no valid request of a supported version: its connection is closed."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request."""

    api: int
    """The API key."""
    version: int
    correlation: int
    """The correlation id, which the response repeats."""
    client_id: str
    body: Fields
    supported: bool = True
    """False only for ApiVersions in a version that is too new (KIP-511)."""


def decode(frame: bytes) -> Request:
    """The request in a frame (without its length). Raises MalformedFrame."""
    if len(frame) < _HEADER.size:
        raise MalformedFrame(f"{len(frame)} bytes")
    api, version, correlation = _HEADER.unpack_from(frame)
    if api != _PRODUCE and len(frame) > _MAX_FRAME_BUT_PRODUCE:
        raise MalformedFrame(f"API {api} with {len(frame)} bytes")
    known = _STRUCTS.get((api, version))
    if known is None:
        # A newer client sends its own version first; the response has the supported ones (KIP-511).
        if api == API_VERSIONS:
            return Request(api, 0, correlation, "", {}, supported=False)
        raise MalformedFrame(f"API {api} version {version}")
    stream = BytesIO(frame)
    stream.seek(_HEADER.size)
    try:
        client_id = String("utf-8").decode(stream) or ""
        body = _named(known.SCHEMA, known.SCHEMA.decode(stream))
    except (ValueError, struct.error) as error:
        raise MalformedFrame(f"API {api} version {version} cannot be decoded") from error
    return Request(api, version, correlation, client_id, body)


def encode(request: Request, response: Fields) -> bytes:
    """The frame of a response, with its length."""
    schema = _STRUCTS[request.api, request.version].RESPONSE_TYPE.SCHEMA
    body: bytes = schema.encode(_in_order(schema, {"throttle_time_ms": 0, **response}))
    return _LENGTH_AND_CORRELATION.pack(len(body) + 4, request.correlation) + body


def _named(wire_type: Any, value: Any) -> Any:
    if isinstance(wire_type, Schema):
        pairs = zip(wire_type.names, wire_type.fields, value, strict=True)
        return {name: _named(field, part) for name, field, part in pairs}
    if isinstance(wire_type, Array):
        return None if value is None else [_named(wire_type.array_of, item) for item in value]
    return value


def _in_order(wire_type: Any, value: Any) -> Any:
    if isinstance(wire_type, Schema):
        pairs = zip(wire_type.names, wire_type.fields, strict=True)
        return [_in_order(field, value[name]) for name, field in pairs]
    if isinstance(wire_type, Array):
        return [_in_order(wire_type.array_of, item) for item in value]
    return value
