"""Verify the whole record: each signature, the chain, and that what is kept was decided."""

from dataclasses import dataclass

from pilotes.record.domain.decision_replay import differences, replayed, unsigned
from pilotes.record.domain.decisions import ReadSigned, wrong_in
from pilotes.record.ports import Ledgers


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found. `wrong`: French sentences, none where all holds; `head`: the last decision's
    number and hash, to be kept elsewhere; `unsigned`: sentences on what no decision vouches for."""

    decisions: int
    pilots: int
    head: tuple[int, str]
    wrong: tuple[str, ...]
    unsigned: tuple[str, ...] = ()


async def verify_record(
    *, ledgers: Ledgers, read: ReadSigned, head: tuple[int, str] | None = None
) -> Verdict:
    """`head`: a decision somebody kept the number and hash of: the chain must still hold it."""
    ledger = await ledgers.read()
    chain = ledger.chain
    wrong = list(wrong_in(chain, read=read))
    if head is not None and head not in {(each.number, each.hash) for each in chain}:
        wrong.append(
            f"la décision {head[0]} d'empreinte {head[1]} n'est plus dans la chaîne : la fin en a"
            " été coupée ou réécrite"
        )
    said = (read(each.jws) for each in chain)
    decided = replayed(each for each in said if each is not None)
    wrong += differences(decided, ledger.kept)
    last = (chain[-1].number, chain[-1].hash) if chain else (0, "")
    told = tuple(unsigned(decided, ledger.kept))
    return Verdict(len(chain), len(ledger.kept), last, tuple(wrong), told)
