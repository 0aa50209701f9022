"""The decisions of a pilot. Role, subject and facts are read from their signed statements."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from pilotes.record.domain.decisions import (
    ChainEntry,
    DecisionType,
    ReadStatement,
    row_differences,
)
from pilotes.record.domain.pilot import PilotId
from pilotes.record.ports import Records

LABELS: Final[Mapping[DecisionType, str]] = {
    "created": "essai créé",
    "member": "rôle donné ou retiré",
    "protocol_frozen": "protocole gelé",
    "protocol_amended": "protocole amendé",
    "amendment_proposed": "amendement proposé",
    "processing_changed": "fiche de traitement modifiée",
    "notice_published": "notice d'information publiée",
    "effects_shown": "plus petits effets détectables vus",
    "evidence": "pièce déposée",
    "opinion": "avis du Cr'Num",
    "stage": "changement d'étape",
    "pause": "mise en pause",
    "resume": "reprise",
}
_PAGE: Final = 200  # decisions


@dataclass(frozen=True, slots=True)
class ReadDecision:
    """A decision as its signed statement describes it. If the signature is not valid, or the row
    differs from the statement, the label says so, and role, subject and facts are empty."""

    entry: ChainEntry
    label: str
    """What was decided, in French."""
    role: str
    """The role in which the signatory decided."""
    subject: str
    """The signatory."""
    facts: Mapping[str, Any]
    """As in `Decision`."""

    @property
    def verified(self) -> bool:
        """Whether the signature is valid, and of that row."""
        return bool(self.role)


async def iterate_decisions(
    pilot_id: PilotId,
    *,
    records: Records,
    read: ReadStatement,
    only: DecisionType | None = None,
) -> AsyncIterator[ReadDecision]:
    """Every decision of a pilot, in order. `only`: of this type, and no other is read; None: of
    all types."""
    after: int | None = 0
    while after is not None:
        page = await records.list_decisions(pilot_id, after=after, limit=_PAGE, only=only)
        for entry in page:
            yield _seen(entry, read)
        after = page[-1].number if len(page) == _PAGE else None


async def list_decisions(
    pilot_id: PilotId, *, after: int, limit: int, records: Records, read: ReadStatement
) -> Sequence[ReadDecision]:
    """At most `limit` decisions of a pilot with a number greater than `after`, in order."""
    entries = await records.list_decisions(pilot_id, after=after, limit=limit)
    return [_seen(entry, read) for entry in entries]


def _seen(entry: ChainEntry, read: ReadStatement) -> ReadDecision:
    statement = read(entry.jws)
    # It stays in the list in both cases, so that corrupting its row does not hide a decision.
    if statement is None:
        return ReadDecision(entry, "signature non vérifiable", "", "", {})
    if row_differences(entry, statement):
        return ReadDecision(entry, "modifiée après sa signature", "", "", {})
    by = statement["signatory"]
    label = next((text for kind, text in LABELS.items() if kind == entry.kind), entry.kind)
    return ReadDecision(entry, label, by["role"], by["subject"], statement["facts"])
