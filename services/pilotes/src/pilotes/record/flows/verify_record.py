"""Verify the complete record: every signature, the chain, and that stored data match the
decisions."""

from dataclasses import dataclass

from pilotes.record.domain.decision_replay import find_differences, find_unsigned, replay
from pilotes.record.domain.decisions import ReadStatement, chain_errors
from pilotes.record.ports import Ledgers


@dataclass(frozen=True, slots=True)
class Verification:
    """The result of a verification."""

    decisions: int
    """Number of decisions."""
    pilots: int
    """Number of pilots."""
    head: tuple[int, str]
    """Number and hash of the last decision, to be stored elsewhere."""
    errors: tuple[str, ...]
    """French sentences; empty if the record is correct."""
    unsigned: tuple[str, ...] = ()
    """French sentences on data that no decision covers."""


async def verify_record(
    *, ledgers: Ledgers, read: ReadStatement, head: tuple[int, str] | None = None
) -> Verification:
    """Verify the complete record. `head`: number and hash of a former last decision, which the
    chain must still contain."""
    ledger = await ledgers.read()
    chain = ledger.chain
    errors = list(chain_errors(chain, read=read))
    if head is not None and head not in {(each.number, each.hash) for each in chain}:
        errors.append(
            f"la décision {head[0]} d'empreinte {head[1]} n'est plus dans la chaîne : la fin en a"
            " été coupée ou réécrite"
        )
    statements = (read(each.jws) for each in chain)
    decided = replay(each for each in statements if each is not None)
    errors += find_differences(decided, ledger.stored)
    last = (chain[-1].number, chain[-1].hash) if chain else (0, "")
    unsigned = tuple(find_unsigned(decided, ledger.stored))
    return Verification(len(chain), len(ledger.stored), last, tuple(errors), unsigned)
