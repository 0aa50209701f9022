"""Decisions: what is signed, how they are chained, and what is wrong with a chain.

Every decision of every pilot stands in one chain: each carries its number and the hash of the one
before, inside what is signed. So one that was changed, taken out, put in or moved is found, and by
the hash of the last one, kept elsewhere, also one that was cut off the end.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

DecisionKind = Literal[
    "created",
    "member",
    "protocol_frozen",
    "protocol_amended",
    "notice_published",
    "effects_shown",
    "evidence",
    "opinion",
    "stage",
    "pause",
    "resume",
]

GENESIS: Final = ""
"""What the first decision names as the one before it."""


@dataclass(frozen=True, slots=True)
class Signatory:
    """Who decided: their subject on the platform, and as what."""

    subject: str
    role: str


@dataclass(frozen=True, slots=True)
class Said:
    """What is decided. `facts`: JSON-ready; a digest beside each thing it rests on."""

    pilot_id: str
    kind: DecisionKind
    at: datetime
    signatory: Signatory
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the chain as it is kept."""

    number: int
    pilot_id: str
    kind: str
    at: datetime
    jws: str
    previous: str
    hash: str


def statement(said: Said, *, number: int, previous: str) -> bytes:
    """The very bytes that are signed."""
    return canonical(
        {
            "number": number,
            "previous": previous,
            "pilot_id": said.pilot_id,
            "kind": said.kind,
            "at": said.at.isoformat(),
            "signatory": {"subject": said.signatory.subject, "role": said.signatory.role},
            "facts": dict(said.facts),
        }
    )


def canonical(value: Any) -> bytes:
    """JSON of one spelling: sorted, without spaces, UTF-8."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode()


def digest_of(value: Any) -> str:
    """SHA-256 of its one spelling, in hexadecimal."""
    return hashlib.sha256(canonical(value)).hexdigest()


def hash_of(jws: str) -> str:
    """What the next decision names; in hexadecimal."""
    return hashlib.sha256(jws.encode()).hexdigest()


ReadSigned = Callable[[str], Mapping[str, Any] | None]
"""The statement of a JWS whose signature one of our keys proves; None otherwise."""


def wrong_in(chain: Iterable[Entry], *, read: ReadSigned) -> Iterator[str]:
    """What is wrong with the whole chain, in French, in its order; nothing where it holds."""
    number, previous = 0, GENESIS
    for entry in chain:
        where = f"décision {entry.number} ({entry.pilot_id})"
        if entry.number != number + 1:
            yield f"{where} : la précédente devrait être la {entry.number - 1}, c'est la {number}"
        if entry.previous != previous:
            yield f"{where} : elle ne suit pas la décision {number}"
        if entry.hash != hash_of(entry.jws):
            yield f"{where} : son empreinte n'est pas celle de son texte"
        yield from (f"{where} : {what}" for what in _wrong_in_one(entry, read(entry.jws)))
        number, previous = entry.number, hash_of(entry.jws)


def _wrong_in_one(entry: Entry, told: Mapping[str, Any] | None) -> Iterator[str]:
    if told is None:
        yield "sa signature n'est celle d'aucune de nos clés"
        return
    row = {
        "number": entry.number,
        "previous": entry.previous,
        "pilot_id": entry.pilot_id,
        "kind": entry.kind,
        "at": entry.at.isoformat(),
    }
    changed = [name for name, value in row.items() if told.get(name) != value]
    if changed:
        yield f"la ligne dit autre chose que ce qui fut signé ({', '.join(changed)})"
