"""The decisions of a pilot, as they were signed."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from pilotes.record.domain.decisions import DecisionKind, Entry, ReadSigned
from pilotes.record.domain.pilot import PilotId
from pilotes.record.ports import Records

LABELS: Final[Mapping[DecisionKind, str]] = {
    "created": "pilote ouvert",
    "member": "rôle donné ou retiré",
    "protocol_frozen": "protocole gelé",
    "protocol_amended": "protocole amendé",
    "notice_published": "notice d'information publiée",
    "effects_shown": "plus petits effets détectables vus",
    "evidence": "pièce déposée",
    "opinion": "avis du Cr'Num",
    "stage": "changement d'étape",
    "pause": "mise en pause",
    "resume": "reprise",
}
_PAGE: Final = 200


@dataclass(frozen=True, slots=True)
class SeenDecision:
    """One of them: what its signature covers, beside the row it stands in."""

    entry: Entry
    label: str
    role: str
    subject: str
    facts: Mapping[str, Any]


async def each_decision(
    pilot_id: PilotId, *, records: Records, read: ReadSigned
) -> AsyncIterator[SeenDecision]:
    """Every one there is, in their order."""
    after = 0
    while page := await see_decisions(
        pilot_id, after=after, limit=_PAGE, records=records, read=read
    ):
        for seen in page:
            yield seen
        after = page[-1].entry.number


async def see_decisions(
    pilot_id: PilotId, *, after: int, limit: int, records: Records, read: ReadSigned
) -> Sequence[SeenDecision]:
    """Those with a greater number, `limit` at most."""
    entries = await records.list_decisions(pilot_id, after=after, limit=limit)
    return [_seen(entry, read) for entry in entries]


def _seen(entry: Entry, read: ReadSigned) -> SeenDecision:
    told = read(entry.jws)
    if told is None:
        # Shown all the same, as what it is: nobody may make a decision vanish by spoiling it.
        label = "signature non vérifiable"
        return SeenDecision(entry, label, "", "", {})
    by = told["signatory"]
    label = next((text for kind, text in LABELS.items() if kind == entry.kind), entry.kind)
    return SeenDecision(entry, label, by["role"], by["subject"], told["facts"])
