"""Rows of the record mapped to domain types, and the content of their JSON columns."""

from collections.abc import Iterable
from typing import Any, Final

import asyncpg
from pydantic import TypeAdapter

from pilotes.record.domain.decisions import ChainEntry
from pilotes.record.domain.evidence import Evidence
from pilotes.record.domain.pilot import Description, Pilot, Processing
from pilotes.record.domain.protocol import Protocol
from pilotes.record.ports import Membership, Proposal, ProtocolVersion

Row = asyncpg.Record | dict[str, Any]

_PROTOCOL: Final = TypeAdapter(Protocol)
_DESCRIPTION: Final = TypeAdapter(Description)
_PROCESSING: Final = TypeAdapter(Processing)
_PILOT: Final = TypeAdapter(Pilot)
_EVIDENCE: Final = TypeAdapter(Evidence)
_MEMBERSHIP: Final = TypeAdapter(Membership)

PILOTS: Final = """
SELECT pilot_id AS id, revision, stage, paused, field, title, description, processing,
    protocol_version, salt IS NOT NULL AS salted, created_at, changed_at, changed_by, trial_at,
    closed_at, finished_at, pause_reason
FROM pilot"""
PROTOCOLS: Final = """
SELECT version, content, digest, reason, written_at, written_by, frozen_at FROM protocol"""
EVIDENCE: Final = """
SELECT evidence_id AS id, kind, protocol_version, content, digest, given_at, given_by, given_as
FROM evidence"""
MEMBERS: Final = "SELECT subject, role, name, given_at, given_by FROM membership"
_IN_FORCE: Final = (
    "FROM notice WHERE pilot_id = $1 ORDER BY published_at DESC, version DESC LIMIT 1"
)
LAST_NOTICE: Final = f"SELECT content {_IN_FORCE}"
LAST_VERSION: Final = f"SELECT version {_IN_FORCE}"
"""The name of the notice in force."""
SURVEYS: Final = "SELECT survey_id, content FROM survey WHERE pilot_id = $1"
PROPOSAL: Final = """
SELECT content, digest, processing, reason, proposed_at, proposed_by FROM amendment
WHERE pilot_id = $1"""
DECISIONS: Final = "SELECT number, pilot_id, kind, at, jws, previous, hash FROM decision"


def pilot_of(row: Row) -> Pilot:
    """The pilot in a row of PILOTS."""
    return _PILOT.validate_python(dict(row))


def evidence_of(row: Row) -> Evidence:
    """The piece of evidence in a row of EVIDENCE."""
    return _EVIDENCE.validate_python(dict(row))


def membership_of(row: Row) -> Membership:
    """The membership in a row of MEMBERS."""
    return _MEMBERSHIP.validate_python(dict(row))


def protocol_of(row: Row) -> ProtocolVersion:
    """The protocol version in a row of PROTOCOLS."""
    values = dict(row)
    content = values.pop("content")
    del values["version"]
    return ProtocolVersion(_PROTOCOL.validate_python(content), **values)


def proposal_of(row: Row) -> Proposal:
    """The proposed amendment in a row of PROPOSAL."""
    values = dict(row)
    protocol = _PROTOCOL.validate_python(values.pop("content"))
    processing = _PROCESSING.validate_python(values.pop("processing"))
    return Proposal(protocol, processing=processing, **values)


def survey_scores_of(rows: Iterable[Row]) -> dict[str, dict[str, int]]:
    """By questionnaire of SURVEYS, the scores that it gives, each with its lowest value."""
    found = {}
    for row in rows:
        content = row["content"]
        scores = {each["id"]: each["low"] for each in content.get("questions", ())
                  if each["kind"] == "scale"}  # fmt: skip
        scores |= {name: 0 for name in ("sus", "nps") if content.get(name)}
        found[row["survey_id"]] = scores
    return found


def entry_of(row: Row) -> ChainEntry:
    """The chain entry in a row of DECISIONS."""
    return ChainEntry(**dict(row))


def protocol_json(protocol: Protocol) -> dict[str, Any]:
    """The protocol as it is stored: JSON-ready, instants as RFC 3339. Decisions contain its
    digest."""
    values: dict[str, Any] = _PROTOCOL.dump_python(protocol, mode="json")
    return values


def description_json(description: Description) -> dict[str, Any]:
    """The description as it is stored, JSON-ready."""
    values: dict[str, Any] = _DESCRIPTION.dump_python(description, mode="json")
    return values


def processing_json(processing: Processing) -> dict[str, Any]:
    """The processing entry as it is stored, JSON-ready."""
    values: dict[str, Any] = _PROCESSING.dump_python(processing, mode="json")
    return values
