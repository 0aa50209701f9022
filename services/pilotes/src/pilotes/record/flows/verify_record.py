"""Verify the whole record: each signature, the chain, and that what is kept was decided."""

from dataclasses import dataclass

from pilotes.record.domain.decision_replay import find_differences, find_unsigned, replay
from pilotes.record.domain.decisions import ReadStatement, chain_errors
from pilotes.record.ports import Ledgers


@dataclass(frozen=True, slots=True)
class Verification:
    """What was found. `wrong`: French sentences, none where all holds; `head`: the last decision's
    number and hash, to be kept elsewhere; `unsigned`: sentences on what no decision vouches for."""

    decisions: int
    pilots: int
    head: tuple[int, str]
    errors: tuple[str, ...]
    unsigned: tuple[str, ...] = ()


async def verify_record(
    *, ledgers: Ledgers, read: ReadStatement, head: tuple[int, str] | None = None
) -> Verification:
    """`head`: a decision somebody kept the number and hash of: the chain must still hold it."""
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
