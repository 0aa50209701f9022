"""Decisions: what is signed, how they are chained, and how a chain is verified.

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
    """Who decided: their subject on the platform, and the role in which they decided."""

    subject: str
    role: str


@dataclass(frozen=True, slots=True)
class Decision:
    """A decision to be signed. `facts`: JSON-ready, with the digest of each thing the decision
    rests on."""

    pilot_id: str
    kind: DecisionType
    at: datetime
    signatory: Signatory
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ChainEntry:
    """A stored row of the chain."""

    number: int
    pilot_id: str
    kind: str
    at: datetime
    jws: str
    previous: str
    hash: str


def statement(decision: Decision, *, number: int, previous: str) -> bytes:
    """The bytes that are signed."""
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
"""The statement of a JWS with a valid signature of one of our keys; None otherwise."""


def chain_errors(chain: Iterable[ChainEntry], *, read: ReadStatement) -> Iterator[str]:
    """What is wrong with the complete chain, in French, in order."""
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
    if signed is None:
        yield "sa signature n'est celle d'aucune de nos clés"
        return
    row = {
        "number": entry.number,
        "previous": entry.previous,
        "pilot_id": entry.pilot_id,
        "kind": entry.kind,
        "at": entry.at.isoformat(),
    }
    changed = [name for name, value in row.items() if signed.get(name) != value]
    if changed:
        yield f"la ligne dit autre chose que ce qui fut signé ({', '.join(changed)})"
