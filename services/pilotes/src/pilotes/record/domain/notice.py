"""What people read before they agree: one version, which never changes once somebody could read it.

Its parts are what ISO/IEC 29184 has a notice tell, and what articles 13 and 14 of the GDPR ask for.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from pilotes.record.domain.decisions import digest_of
from pilotes.record.domain.pilot import Pilot
from pilotes.record.domain.protocol import Protocol
from socle.errors import Refusal

AUTHORITY: Final = "Commission nationale de l'informatique et des libertés (CNIL)"
AUTHORITY_ADDRESS: Final = "https://www.cnil.fr/fr/plaintes"


@dataclass(frozen=True, slots=True)
class Wording:
    """What the project writes for the notice, beside what its record says already.

    `asked`: what is asked of the participant; `risks`, `benefits`: for them; `storage`: where data
    are kept (a country, a certified host).
    """

    version: str
    asked: str
    benefits: str
    risks: str
    storage: str


@dataclass(frozen=True, slots=True)
class Notice:
    """One version as it was published.

    `arms`: what people may be served, by drawing lots; `health`: whether it is about care;
    `retention_days`: after the pilot's end; `language`: BCP 47.
    """

    pilot_id: str
    version: str
    language: str
    title: str
    summary: str
    asked: str
    benefits: str
    risks: str
    arms: tuple[str, ...]
    health: bool
    controller: str
    contact: str
    purposes: tuple[str, ...]
    data: tuple[str, ...]
    recipients: tuple[str, ...]
    retention_days: int
    storage: str
    security: str

    @property
    def digest(self) -> str:
        """SHA-256 of all it says."""
        return digest_of(self.content())

    def content(self) -> dict[str, Any]:
        """All it says, JSON-ready."""
        return {**asdict(self), **{name: list(getattr(self, name)) for name in _LISTS}}


_LISTS: Final = ("arms", "purposes", "data", "recipients")


def notice_of(content: Mapping[str, Any]) -> Notice:
    """The same, read again. Raises TypeError where it is none."""
    return Notice(**{**content, **{name: tuple(content[name]) for name in _LISTS}})


def compose(pilot: Pilot, protocol: Protocol, wording: Wording) -> Notice:
    """A notice out of the record as it stands. Raises Refusal while the record cannot inform."""
    told = pilot.processing
    missing = [*told.missing(), *_unwritten(wording)]
    if not pilot.description.summary:
        missing.append("ce qui est essayé")
    if missing:
        raise Refusal(
            "conflict",
            f"La notice serait incomplète : il manque {_listed(missing)}. Complétez la fiche du "
            "pilote, puis publiez-la.",
            missing=missing,
        )
    return Notice(
        pilot_id=pilot.id,
        version=wording.version,
        language="fr",
        title=pilot.title,
        summary=pilot.description.summary,
        asked=wording.asked,
        benefits=wording.benefits,
        risks=wording.risks,
        arms=tuple(arm.label for arm in protocol.arms),
        health=pilot.field != "mobilite",
        controller=told.controller,
        contact=told.contact,
        purposes=told.purposes,
        data=told.data,
        recipients=told.recipients,
        retention_days=told.retention_days,
        storage=wording.storage,
        security=told.security,
    )


def _unwritten(wording: Wording) -> list[str]:
    asked = {
        "ce qui est demandé aux participants": wording.asked,
        "ce qu'ils y gagnent": wording.benefits,
        "ce qu'ils risquent": wording.risks,
        "le lieu de conservation": wording.storage,
    }
    return [name for name, told in asked.items() if not told.strip()]


def _listed(things: Sequence[str]) -> str:
    return " et ".join(filter(None, (", ".join(things[:-1]), things[-1])))
