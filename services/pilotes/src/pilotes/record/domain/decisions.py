"""Decisions: the statement that is signed, how decisions are chained, how a chain is verified.

The decisions of all pilots form one chain: each signed statement contains its number and the hash
of the previous one. A changed, removed, inserted or moved decision is found; with the hash of the
last one stored elsewhere, a truncated chain is found too.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

DecisionType = Literal[
    "created",
    "member",
    "protocol_frozen",
    "protocol_amended",
    "amendment_proposed",
    "processing_changed",
    "notice_published",
    "effects_shown",
    "evidence",
    "opinion",
    "stage",
    "pause",
    "resume",
]

GENESIS: Final = ""
"""The previous hash of the first decision."""


@dataclass(frozen=True, slots=True)
class Signatory:
    """The person or program that decided."""

    subject: str
    """Their subject on the platform."""
    role: str
    """The role in which they decided."""


@dataclass(frozen=True, slots=True)
class Decision:
    """A decision to be signed."""

    pilot_id: str
    kind: DecisionType
    at: datetime
    signatory: Signatory
    facts: Mapping[str, Any]
    """What was decided, JSON-ready, with the digest of each thing it is based on."""


@dataclass(frozen=True, slots=True)
class ChainEntry:
    """A signed decision in the chain."""

    number: int
    """Its position in the chain, from 1."""
    pilot_id: str
    kind: str
    at: datetime
    jws: str
    """The signed statement (RFC 7515, compact)."""
    previous: str
    """The hash of the previous entry; `GENESIS` for the first."""
    hash: str
    """SHA-256 of `jws`, in hexadecimal."""


def statement(decision: Decision, *, number: int, previous: str) -> bytes:
    """The bytes of a decision that are signed. `number`, `previous`: as in `ChainEntry`."""
    return canonical_json(
        {
            "number": number,
            "previous": previous,
            "pilot_id": decision.pilot_id,
            "kind": decision.kind,
            "at": decision.at.isoformat(),
            "signatory": {"subject": decision.signatory.subject, "role": decision.signatory.role},
            "facts": dict(decision.facts),
        }
    )


def canonical_json(value: Any) -> bytes:
    """JSON in its canonical form: sorted keys, no spaces, UTF-8."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode()


def json_digest(value: Any) -> str:
    """SHA-256 of the canonical JSON, in hexadecimal."""
    return hashlib.sha256(canonical_json(value)).hexdigest()


def jws_hash(jws: str) -> str:
    """The hash that the next decision contains, in hexadecimal."""
    return hashlib.sha256(jws.encode()).hexdigest()


ReadStatement = Callable[[str], Mapping[str, Any] | None]
"""Verifies a JWS and parses its statement; None if no key of this service signed it."""


def chain_errors(chain: Iterable[ChainEntry], *, read: ReadStatement) -> Iterator[str]:
    """The errors of the chain, in French and in order. `chain`: all entries, in the order of their
    numbers."""
    number, previous = 0, GENESIS
    for entry in chain:
        where = f"décision {entry.number} ({entry.pilot_id})"
        if entry.number != number + 1:
            yield f"{where} : la précédente devrait être la {entry.number - 1}, c'est la {number}"
        if entry.previous != previous:
            yield f"{where} : elle ne suit pas la décision {number}"
        if entry.hash != jws_hash(entry.jws):
            yield f"{where} : son empreinte n'est pas celle de son texte"
        yield from (f"{where} : {what}" for what in _entry_errors(entry, read(entry.jws)))
        number, previous = entry.number, jws_hash(entry.jws)


def _entry_errors(entry: ChainEntry, signed: Mapping[str, Any] | None) -> Iterator[str]:
    """The differences between a row and its signed statement. `signed`: None if not verified."""
    if signed is None:
        yield "sa signature n'est celle d'aucune de nos clés"
        return
    if changed := row_differences(entry, signed):
        yield f"la ligne dit autre chose que ce qui fut signé ({', '.join(changed)})"


def row_differences(entry: ChainEntry, signed: Mapping[str, Any]) -> list[str]:
    """The fields of a row that differ from its signed statement, by name; empty unless the row was
    changed around the service."""
    row = {
        "number": entry.number,
        "previous": entry.previous,
        "pilot_id": entry.pilot_id,
        "kind": entry.kind,
        "at": entry.at.isoformat(),
    }
    return [name for name, value in row.items() if signed.get(name) != value]
