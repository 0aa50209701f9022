"""The hash chain of traces: each hash covers the trace and the hash before it.

A changed, removed, inserted or moved trace is found. So is a truncated chain, since the head is
stored in another row, and can be stored elsewhere (`verify-traces --head`).
"""

import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Final

import orjson

from esante.traces.domain.trace import patients_of_trace

GENESIS: Final = bytes(32)
"""The hash before the first trace."""


@dataclass(frozen=True, slots=True)
class ChainLink:
    """A stored trace."""

    number: int
    """Its position, from 1."""
    record: bytes
    """`Trace.canonical`."""
    hash: bytes
    patients: tuple[str, ...]
    """The column by which traces are found; derived from the record."""


@dataclass(frozen=True, slots=True)
class ChainPosition:
    """A position of the chain: the number and the hash of a trace."""

    number: int = 0
    hash: bytes = GENESIS


@dataclass(frozen=True, slots=True)
class ChainVerification:
    """The result of a verification."""

    traces: int
    """How many follow the anchor."""
    head: ChainPosition
    """The last one."""
    error: str | None
    """The first broken link, in French; None: there is none."""


def next_hash(previous: bytes, record: bytes) -> bytes:
    """The SHA-256 of a trace: of the hash before it (32 bytes), then of its record."""
    return hashlib.sha256(previous + record).digest()


async def verify_chain(
    links: AsyncIterator[ChainLink],
    *,
    anchor: ChainPosition,
    head: ChainPosition,
    known: ChainPosition | None = None,
) -> ChainVerification:
    """Verify the traces after `anchor`, in the order of their numbers, up to the first error.

    `head`: the recorded end of the chain. `known`: a former head, stored elsewhere.
    """
    last, count, seen = anchor, 0, known is None or known == anchor
    if known is not None and known.number < anchor.number:
        seen = True  # pruned
    async for link in links:
        if (error := _link_error(last, link)) is not None:
            return ChainVerification(count, last, error)
        last, count = ChainPosition(link.number, link.hash), count + 1
        seen = seen or last == known
    if last != head:
        return ChainVerification(
            count,
            last,
            f"La chaîne finit à la trace {last.number}, alors que la dernière enregistrée est la"
            f" {head.number} : la fin en a été coupée ou réécrite.",
        )
    if not seen and known is not None:
        return ChainVerification(
            count,
            last,
            f"La trace {known.number} d'empreinte {known.hash.hex()} n'est plus dans la chaîne :"
            " elle a été réécrite.",
        )
    return ChainVerification(count, last, None)


def _link_error(last: ChainPosition, link: ChainLink) -> str | None:
    if link.number != last.number + 1:
        return f"Après la trace {last.number} vient la {link.number} : il en manque."
    if next_hash(last.hash, link.record) != link.hash:
        return (
            f"Trace {link.number} : son empreinte n'est pas celle de son texte et de la trace"
            " précédente ; elle a été modifiée, ou déplacée."
        )
    if tuple(patients_of_trace(orjson.loads(link.record))) != link.patients:
        return f"Trace {link.number} : ses patients ne sont pas ceux de son texte."
    return None
