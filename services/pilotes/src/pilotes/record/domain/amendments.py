"""What an amendment of a running trial changes for its participants.

They agreed to a notice, which was composed of the protocol and of the register. A substantial
change needs a new opinion, a new notice and a new consent; an editorial one applies at once. What
is not known to be editorial is substantial.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Final

from pilotes.record.domain.health_routes import field_of
from pilotes.record.domain.notice import Notice
from pilotes.record.domain.pilot import Field, Pilot, Processing
from pilotes.record.domain.protocol import Indicator, Protocol


@dataclass(frozen=True, slots=True)
class Terms:
    """Everything that participants agree to, the wording of the notice apart."""

    protocol: Protocol
    processing: Processing
    field: Field


def terms_of(pilot: Pilot, protocol: Protocol, processing: Processing | None = None) -> Terms:
    """The terms of a pilot under that protocol. `processing`: None for the one in force."""
    return Terms(protocol, processing or pilot.processing, field_of(pilot.field, protocol.routes))


_PROTOCOL: Final[Mapping[str, str]] = {
    "control": "le bras témoin",
    "eligibility": "qui peut participer",
    "rules": "qui peut participer",
    "planned_per_arm": "les effectifs prévus",
    "stopping_rule": "la règle d'arrêt",
    "starts_at": "la date de début",
    "ends_at": "la date de fin",
    "arms": "les bras",
    "cluster_size": "les personnes qui participent ensemble",
    "cluster_correlation": "la ressemblance de leurs mesures",
}
_PROCESSING: Final[Mapping[str, str]] = {
    "controller": "le responsable du traitement",
    "purposes": "les finalités",
    "legal_basis": "la base légale",
    "people": "les personnes concernées",
    "data": "les données",
    "recipients": "les destinataires",
    "retention_days": "la durée de conservation",
    "security": "les mesures de sécurité",
}
_APART: Final = frozenset({"version", "routes", "indicators"})
"""Of a protocol: compared in another way, or never the same."""
_EDITORIAL: Final = frozenset({"contact"})
"""Of the register: who answers the questions can change without a new consent."""
_WORDING: Final = ("asked", "benefits", "risks", "storage")
"""The parts of a notice that the team writes and a consent is about."""


def substantial_changes(before: Terms, after: Terms) -> tuple[str, ...]:
    """What changes for participants, in French, each thing once; empty if the change is
    editorial: the label of an indicator, the order of routes or indicators, the contact."""
    return tuple(dict.fromkeys(_changes(before, after)))


def _changes(before: Terms, after: Terms) -> Iterator[str]:
    if before.field != after.field:
        yield "le domaine"
    if set(before.protocol.routes) != set(after.protocol.routes):
        yield "les routes couvertes"
    yield from _differences(before.protocol, after.protocol, _PROTOCOL, without=_APART)
    if _measured(before.protocol) != _measured(after.protocol):
        yield "les indicateurs"
    yield from _differences(before.processing, after.processing, _PROCESSING, without=_EDITORIAL)


def _differences(
    before: Any, after: Any, named: Mapping[str, str], *, without: frozenset[str]
) -> Iterator[str]:
    for name in (each.name for each in fields(before) if each.name not in without):
        if getattr(before, name) != getattr(after, name):
            yield named.get(name, "le protocole")


def _measured(protocol: Protocol) -> frozenset[Indicator]:
    return frozenset(replace(each, label="") for each in protocol.indicators)


def requires_new_consent(before: Notice, after: Notice) -> bool:
    """Whether the team says something else than before about what people agree to. What comes from
    the record changes by amendment alone."""
    return any(getattr(before, name) != getattr(after, name) for name in _WORDING)
