"""What an amendment of a running trial changes for its participants.

They agreed to a notice, which was composed of the protocol and of the register. A substantial
change needs a new opinion, a new notice and a new consent; an editorial one applies at once. What
is not known to be editorial is substantial.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Final

from pilotes.record.domain.health_routes import field_of
from pilotes.record.domain.notice import Notice, changed_parts
from pilotes.record.domain.pilot import Field, Pilot, Processing
from pilotes.record.domain.protocol import Indicator, Protocol


@dataclass(frozen=True, slots=True)
class Terms:
    """Everything that participants agree to, the wording of the notice apart."""

    protocol: Protocol
    processing: Processing
    field: Field


def terms_in_force(pilot: Pilot, protocol: Protocol) -> Terms:
    """The terms of a pilot as it is. Its field is the stored one: a trial that was opened before
    the field followed from the routes keeps it until it is amended."""
    return Terms(protocol, pilot.processing, pilot.field)


def amended_terms(pilot: Pilot, protocol: Protocol, processing: Processing) -> Terms:
    """The terms of a pilot once that protocol and that entry of the register are in force. An entry
    without a contact has that of the pilot."""
    entry = replace(processing, contact=processing.contact or pilot.processing.contact)
    return Terms(protocol, entry, field_of(pilot.field, protocol.routes))


_PROTOCOL: Final[Mapping[str, str]] = {
    "control": "le bras témoin",
    "eligibility": "qui peut participer",
    "rules": "qui peut participer",
    "planned_per_arm": "les effectifs prévus",
    "stopping_rule": "la règle d'arrêt",
    "starts_at": "la date de début",
    "ends_at": "la date de fin",
    "arms": "qui reçoit quoi",
    "cluster_size": "les personnes qui participent ensemble",
    "cluster_correlation": "la ressemblance de leurs mesures",
    "looks": "les moments où l'on lit les résultats",
    "design": "ce qui est tiré au sort",
    "territories": "le territoire",
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
_APART: Final = frozenset({"version", "routes", "indicators", "reminders_at_most"})
"""Of a protocol: compared in another way, or never the same."""
_EDITORIAL: Final = frozenset({"contact"})
"""Of the register: who answers the questions can change without a new consent."""


def substantial_changes(before: Terms, after: Terms) -> tuple[str, ...]:
    """What changes for participants, in French, each thing once; empty if the change is
    editorial: the label of an indicator, the order of routes or indicators, the contact."""
    return tuple(dict.fromkeys(_changes(before, after)))


def _changes(before: Terms, after: Terms) -> Iterator[str]:
    if before.field != after.field:
        yield "le domaine"
    yield from _of_protocol(before.protocol, after.protocol)
    yield from _differences(before.processing, after.processing, _PROCESSING, without=_EDITORIAL)


def _of_protocol(before: Protocol, after: Protocol) -> Iterator[str]:
    if set(before.routes) != set(after.routes):
        yield "les pages et les services concernés"
    yield from _differences(before, after, _PROTOCOL, without=_APART)
    # Fewer reminders break no promise.
    if after.reminders_at_most > before.reminders_at_most:
        yield "les rappels"
    if _measured(before) != _measured(after):
        yield "ce qui est mesuré"


def _differences(
    before: Any, after: Any, named: Mapping[str, str], *, without: frozenset[str]
) -> Iterator[str]:
    for name in (each.name for each in fields(before) if each.name not in without):
        if getattr(before, name) != getattr(after, name):
            yield named.get(name, "le protocole")


def _measured(protocol: Protocol) -> frozenset[Indicator]:
    return frozenset(replace(each, label="") for each in protocol.indicators)


def requires_new_consent(before: Notice, after: Notice) -> bool:
    """Whether a notice says something else than the one before: anything but its name and the
    contact. A legal basis that the former one did not state is no change."""
    return bool(changed_parts(before, replace(after, contact=before.contact)))


def changes_since(
    before: Protocol, after: Protocol, *, read: Notice, current: Notice
) -> tuple[str, ...]:
    """What changed for a person since they agreed, in French, each thing once. `before`, `read`:
    the protocol and the notice that they agreed to."""
    return tuple(dict.fromkeys((*_of_protocol(before, after), *changed_parts(read, current))))
