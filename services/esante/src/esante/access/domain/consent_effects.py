"""What the provisions of a Consent permit and deny to one person: conditions on the resources.

A provision that cannot be evaluated for sure denies, and does not permit. A denial wins over a
permission. The provisions inside another one are its exceptions.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeAlias

from esante.access.domain.consent_provision import DataConditions, Provision, is_within
from esante.access.domain.professions import can_be_of_unknown_profession
from esante.access.domain.security_labels import lifts_mask


@dataclass(frozen=True, slots=True)
class OnData:
    """The resource meets those conditions."""

    data: DataConditions
    in_doubt: bool
    """Whether it does if that cannot be evaluated."""


@dataclass(frozen=True, slots=True)
class Every:
    """Every condition; true without any."""

    of: "tuple[Condition, ...]" = ()


@dataclass(frozen=True, slots=True)
class Some:
    """At least one condition; false without any."""

    of: "tuple[Condition, ...]" = ()


@dataclass(frozen=True, slots=True)
class Opposite:
    """The negation of a condition."""

    of: "Condition"


Condition: TypeAlias = OnData | Every | Some | Opposite
ALWAYS: Final = Every()
NEVER: Final = Some()


def every(conditions: Iterable[Condition]) -> Condition:
    """Every condition, simplified."""
    found = tuple(dict.fromkeys(each for each in conditions if each != ALWAYS))
    if NEVER in found:
        return NEVER
    return found[0] if len(found) == 1 else Every(found)


def some(conditions: Iterable[Condition]) -> Condition:
    """At least one condition, simplified."""
    found = tuple(dict.fromkeys(each for each in conditions if each != NEVER))
    if ALWAYS in found:
        return ALWAYS
    return found[0] if len(found) == 1 else Some(found)


def opposite(condition: Condition) -> Condition:
    """The negation, simplified."""
    if condition == ALWAYS:
        return NEVER
    return ALWAYS if condition == NEVER else Opposite(condition)


@dataclass(frozen=True, slots=True)
class Reader:
    """The person who reads, and when."""

    references: frozenset[str]
    """Their FHIR resource, organisation and professions (`open_records.references_of`)."""
    now: datetime
    is_professional: bool = True
    """Whether what names a profession can be about them."""

    def is_named(self, provision: Provision) -> bool:
        """Whether a provision is for everybody, or names the person."""
        return provision.actors is None or not self.references.isdisjoint(provision.actors)

    def can_be_named(self, provision: Provision) -> bool:
        """Whether a provision can be about the person."""
        if self.is_named(provision) or provision.has_unknown_actor:
            return True
        if not self.is_professional:
            return False
        return can_be_of_unknown_profession(provision.actors or (), self.references)


@dataclass(frozen=True, slots=True)
class Effects:
    """Conditions on the resources of the record."""

    denied: Condition = NEVER
    permitted: Condition = NEVER
    named: Condition = NEVER
    """Permitted by a provision that names the person."""
    unmasked: Condition = NEVER
    """Permitted by a provision that names a label which masks otherwise."""


def effects_of(provision: Provision, reader: Reader) -> Effects:
    """The effects of a provision and those inside."""
    return _effects(provision, reader, named=False, lifting=False)


def denied_in_emergency(provision: Provision, reader: Reader) -> Condition:
    """What is denied in an emergency too: what a provision denies for that purpose. Exceptions
    from it are left out, and what is denied without a purpose does not stand against an emergency.
    """
    if not is_within(provision.period, reader.now) or not reader.can_be_named(provision):
        return NEVER
    own = provision.effect == "deny" and "emergency" in provision.purposes
    found = [ALWAYS] if own else [denied_in_emergency(each, reader) for each in provision.inner]
    return every([_on(provision.data, in_doubt=True), some(found)])


def merge_effects(found: Iterable[Effects]) -> Effects:
    """The effects of several Consents."""
    effects = tuple(found)
    return Effects(
        some(each.denied for each in effects),
        some(each.permitted for each in effects),
        some(each.named for each in effects),
        some(each.unmasked for each in effects),
    )


def _effects(provision: Provision, reader: Reader, *, named: bool, lifting: bool) -> Effects:
    possible, sure = _concerns(provision, reader)
    if not possible:
        return Effects()
    named = named or provision.actors is not None
    lifting = lifting or lifts_mask(provision.data.labels)
    # An exception to a denial permits to those whom it names itself.
    by_name = named and provision.effect != "deny"
    inner = merge_effects(
        _effects(each, reader, named=by_name, lifting=lifting) for each in provision.inner
    )
    likely = _on(provision.data, in_doubt=True)
    certain = _on(provision.data, in_doubt=False) if sure else NEVER
    unless_denied = opposite(inner.denied)
    if provision.effect == "permit":
        permitted = every([certain, unless_denied])
        return Effects(
            every([likely, inner.denied]),
            permitted,
            permitted if named else every([certain, inner.named]),
            permitted if lifting else every([certain, inner.unmasked]),
        )
    denied = inner.denied
    if provision.effect == "deny":
        denied = some([inner.denied, opposite(inner.permitted)])
    return Effects(
        every([likely, denied]),
        every([certain, inner.permitted, unless_denied]),
        every([certain, inner.named, unless_denied]),
        every([certain, inner.unmasked, unless_denied]),
    )


def _on(data: DataConditions, *, in_doubt: bool) -> Condition:
    return ALWAYS if data.is_empty else OnData(data, in_doubt)


def _concerns(provision: Provision, reader: Reader) -> tuple[bool, bool]:
    """Whether a provision possibly, and for sure, concerns that person now."""
    if not is_within(provision.period, reader.now):
        return False, False
    purposes = provision.purposes
    fits = not purposes or "care" in purposes
    possible = reader.can_be_named(provision) and (fits or "unknown" in purposes)
    return possible, reader.is_named(provision) and fits and (
        provision.effect != "permit" or provision.is_about_reading
    )
