"""The information notice that people read before they agree. A published version never changes.

Its parts are those of ISO/IEC 29184 and of articles 13 and 14 of the GDPR.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Final

from pilotes.record.domain.decisions import json_digest
from pilotes.record.domain.health_routes import field_of
from pilotes.record.domain.pilot import Pilot
from pilotes.record.domain.protocol import Protocol
from pilotes.record.domain.readings import (
    Reading,
    ReadingType,
    easy_mistakes,
    parse_reading,
    reading_gaps,
)
from socle.errors import Refusal

AUTHORITY: Final = "Commission nationale de l'informatique et des libertés (CNIL)"
AUTHORITY_ADDRESS: Final = "https://www.cnil.fr/fr/plaintes"


@dataclass(frozen=True, slots=True)
class NoticeWording:
    """The parts of a notice that the team writes; the others come from the record."""

    version: str
    """Its name, chosen by the team."""
    asked: str
    """What participants have to do."""
    benefits: str
    """What participants gain."""
    risks: str
    """What participants risk."""
    storage: str
    """Where data are stored: a country, a certified host."""
    easy: Reading | None = None
    """In easy French (FALC); required."""
    english: Reading | None = None
    """Required."""


@dataclass(frozen=True, slots=True)
class Notice:
    """One version of a notice, as it is published."""

    pilot_id: str
    version: str
    language: str
    """BCP 47."""
    title: str
    summary: str
    asked: str
    benefits: str
    risks: str
    arms: tuple[str, ...]
    """The labels of the protocol's arms, in its order."""
    health: bool
    """Whether the pilot concerns health, alone or not."""
    controller: str
    contact: str
    purposes: tuple[str, ...]
    data: tuple[str, ...]
    recipients: tuple[str, ...]
    retention_days: int
    """Days after the end of the pilot."""
    storage: str
    """Where data are stored: a country, a certified host."""
    security: str
    legal_basis: str = ""
    """As in the register; empty in notices that were published before they stated it."""
    easy: Reading | None = None
    """In easy French (FALC); None in notices that were published before they had one."""
    english: Reading | None = None
    """None in notices that were published before they had one."""
    territories: tuple[str, ...] = ()
    """Where the trial takes place, as in the protocol; empty if it does not state it."""
    reminders_at_most: int = 0
    """Reminders by e-mail that a participant who chooses them gets, at most; 0: none is offered."""

    @property
    def readings(self) -> tuple[ReadingType, ...]:
        """Those that it has."""
        found: tuple[tuple[ReadingType, object], ...] = (
            ("plain", self),
            ("easy", self.easy),
            ("english", self.english),
        )
        return tuple(name for name, each in found if each is not None)

    def read_as(self, reading: ReadingType) -> "Notice":
        """The notice with the words of a reading; the plain text if it has no such reading."""
        words = {"plain": None, "easy": self.easy, "english": self.english}[reading]
        if words is None:
            return self
        language = "en" if reading == "english" else self.language
        texts = {each.name: getattr(words, each.name) for each in fields(Reading)}
        return replace(self, language=language, **texts)

    @property
    def digest(self) -> str:
        """SHA-256 of the content, in hexadecimal."""
        return json_digest(self.content())

    def content(self) -> dict[str, Any]:
        """The complete content, JSON-ready."""
        content = {**asdict(self), **{name: list(getattr(self, name)) for name in _LISTS}}
        # An earlier notice has no such field, and keeps its digest.
        for name in _STATED_LATER:
            if not content[name]:
                del content[name]
        for name in _READINGS:
            reading = getattr(self, name)
            if reading is None:
                del content[name]
            else:
                content[name] = reading.content()
        return content


_LISTS: Final = ("arms", "purposes", "data", "recipients", "territories")
_READINGS: Final = ("easy", "english")
_STATED_LATER: Final = ("legal_basis", "territories", "reminders_at_most")
"""Parts that notices state only since a later release."""


def parse_notice(content: Mapping[str, Any]) -> Notice:
    """The notice with that content, as `Notice.content` returns it. Raises KeyError or TypeError
    for another mapping."""
    readings = {name: parse_reading(content[name]) for name in _READINGS if name in content}
    lists = {name: tuple(content[name]) for name in _LISTS if name in content}
    return Notice(**{**content, **lists, **readings})


def compose_notice(pilot: Pilot, protocol: Protocol, wording: NoticeWording) -> Notice:
    """A notice composed from the record and the wording. Raises Refusal, naming everything that is
    missing in either."""
    processing = pilot.processing
    missing = [*processing.missing(), *_unwritten(wording)]
    counts = {"arms": len(protocol.arms), "data": len(processing.data)}
    missing += reading_gaps(wording.easy, "la version facile à lire", **counts)
    missing += reading_gaps(wording.english, "la version en anglais", **counts)
    if not pilot.description.summary:
        missing.append("ce qui est essayé")
    if missing:
        raise Refusal(
            "conflict",
            f"La notice serait incomplète : il manque {_listed(missing)}. Complétez la fiche du "
            "pilote, puis publiez-la.",
            missing=missing,
        )
    assert wording.easy is not None, "a missing reading is refused"
    if mistakes := easy_mistakes(wording.easy):
        raise Refusal(
            "invalid",
            "La version facile à lire n'est pas assez facile : " + " ; ".join(mistakes) + ".",
            rule="not_easy",
            mistakes=mistakes,
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
        storage=wording.storage,
        easy=wording.easy,
        english=wording.english,
        **_recorded_parts(pilot, protocol),
    )


def outdated_parts(notice: Notice, pilot: Pilot, protocol: Protocol) -> tuple[str, ...]:
    """The parts of a notice that differ from the record, in French; empty if it says the same."""
    current = _recorded_parts(pilot, protocol)
    return tuple(
        words
        for name, words in _PARTS.items()
        if _is_another(name, getattr(notice, name), current[name])
    )


def _recorded_parts(pilot: Pilot, protocol: Protocol) -> dict[str, Any]:
    """The parts of a notice that come from the protocol and the register."""
    processing = pilot.processing
    return {
        "arms": tuple(arm.label for arm in protocol.arms),
        "territories": protocol.territories,
        "health": field_of(pilot.field, protocol.routes) != "mobilite",
        "controller": processing.controller,
        "contact": processing.contact,
        "purposes": processing.purposes,
        "data": processing.data,
        "recipients": processing.recipients,
        "retention_days": processing.retention_days,
        "security": processing.security,
        "legal_basis": processing.legal_basis,
        "reminders_at_most": protocol.reminders_at_most,
    }


_PARTS: Final[Mapping[str, str]] = {
    "arms": "qui reçoit quoi",
    "territories": "le territoire",
    "health": "le domaine",
    "controller": "le responsable du traitement",
    "contact": "le contact",
    "purposes": "les finalités",
    "data": "les données",
    "recipients": "les destinataires",
    "retention_days": "la durée de conservation",
    "security": "les mesures de sécurité",
    "legal_basis": "la base légale",
    "reminders_at_most": "les rappels",
}


_WRITTEN_PARTS: Final[Mapping[str, str]] = {
    "title": "le titre",
    "summary": "ce qui est essayé",
    "asked": "ce qui est demandé",
    "benefits": "ce que l'on y gagne",
    "risks": "ce que l'on risque",
    "storage": "le lieu de conservation",
    "easy": "la version facile à lire",
    "english": "la version en anglais",
}


def changed_parts(before: Notice, after: Notice) -> tuple[str, ...]:
    """The parts in which a notice says something else than an earlier one, in French. A legal basis
    or a reading that the earlier one did not have is no change."""
    ignored = [name for name in ("legal_basis", *_READINGS) if not getattr(before, name)]
    return tuple(
        words
        for name, words in {**_WRITTEN_PARTS, **_PARTS}.items()
        if name not in ignored and _is_another(name, getattr(before, name), getattr(after, name))
    )


def _is_another(name: str, before: Any, after: Any) -> bool:
    """Whether a part of a notice says something else than before. Fewer reminders break no
    promise."""
    return bool(after > before if name == "reminders_at_most" else after != before)


def _unwritten(wording: NoticeWording) -> list[str]:
    """The parts that the team has not written, in French."""
    required = {
        "ce qui est demandé aux participants": wording.asked,
        "ce qu'ils y gagnent": wording.benefits,
        "ce qu'ils risquent": wording.risks,
        "le lieu de conservation": wording.storage,
    }
    return [name for name, text in required.items() if not text.strip()]


def _listed(things: Sequence[str]) -> str:
    return " et ".join(filter(None, (", ".join(things[:-1]), things[-1])))
