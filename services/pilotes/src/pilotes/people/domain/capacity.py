"""In which capacity a person consents, and who signs with or for them.

Under 15, the child and a parent both agree, and neither overrides the other (loi n° 78-17, art.
45). A protected adult decides alone as far as they can (C. civ. 457-1 to 459); else somebody whom a
judge, a family authorisation or a mandate entitles for the person, not for property alone, signs
for them. A person of trust accompanies and testifies, and never consents (CSP L1111-6).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from pilotes.french.domain import format_day
from pilotes.record.domain.protocol import EligibilityRules
from socle.errors import Refusal

CapacityType = Literal["self", "child", "represented"]
"""`self`: the person decides alone. `child`: under 15, with a parent. `represented`: somebody who
is entitled to signs for them."""
JointCapacity = Literal["child", "represented"]
"""The capacities in which somebody else signs too."""
Assistance = Literal["person_of_trust", "curator", "relative"]
"""Who helped the person to read and to decide: a witness, who does not consent."""
MandateType = Literal["parent", "guardian", "family_authorisation", "protection_mandate"]
"""Why somebody is entitled to sign: tutelle, habilitation familiale, mandat de protection future,
or parental authority."""
MandateScope = Literal["person", "property", "both"]
"""What the judge or the mandate entrusted."""

AGE_OF_CONSENT: Final = 15
"""Years. From this age a child consents alone to an online service."""


@dataclass(frozen=True, slots=True)
class Mandate:
    """What entitles the second signer. The platform records what they declare."""

    type: MandateType
    scope: MandateScope = "person"
    ends_on: date | None = None
    """Its last day; None: it has none."""


@dataclass(frozen=True, slots=True)
class Capacity:
    """How it was decided that a person takes part."""

    who: CapacityType = "self"
    assisted_by: Assistance | None = None
    mandate: Mandate | None = None
    """Of the second signer; None without one."""


ALONE: Final = Capacity()
"""The person decided alone, and nobody helped them."""


def offered_capacities(rules: EligibilityRules) -> tuple[CapacityType, ...]:
    """The capacities in which a pilot takes people. A pilot for people of 15 or more has no child
    under 15."""
    if rules.minimum_age is not None and rules.minimum_age >= AGE_OF_CONSENT:
        return ("self", "represented")
    return ("self", "child", "represented")


def check_capacity(who: CapacityType, rules: EligibilityRules) -> None:
    """Raises Refusal if the pilot does not take people in that capacity."""
    if who not in offered_capacities(rules):
        raise Refusal(
            "invalid",
            f"Ce pilote est réservé aux personnes de {rules.minimum_age} ans et plus. Rien n'a été"
            " enregistré.",
            rule="too_young",
            age=rules.minimum_age,
        )


def check_mandate(mandate: Mandate, who: JointCapacity, *, last_day: date) -> None:
    """Raises Refusal unless the mandate entitles to sign in that capacity, until the trial ends.
    `last_day`: of the trial."""
    if (mandate.type == "parent") != (who == "child"):
        raise Refusal(
            "invalid",
            "Dites à quel titre vous signez : cette qualité ne va pas avec ce qui a été demandé."
            " Rien n'a été enregistré.",
            rule="mandate_type",
        )
    if mandate.scope == "property":
        raise Refusal(
            "invalid",
            "Une mesure qui porte sur les biens seulement ne permet pas de décider pour la"
            " personne. Rien n'a été enregistré.",
            rule="mandate_property",
        )
    if mandate.ends_on is not None and mandate.ends_on < last_day:
        day = format_day(last_day)
        raise Refusal(
            "invalid",
            f"Votre mesure s'arrête avant la fin de l'essai, le {day} : vous ne pouvez"
            " pas décider jusque-là. Rien n'a été enregistré.",
            rule="mandate_ends",
            day=day,
        )


def capacity_json(capacity: Capacity) -> Mapping[str, str]:
    """What a consent record states of it, JSON-ready."""
    found: dict[str, str] = {"capacity": capacity.who}
    if capacity.assisted_by is not None:
        found["witness"] = capacity.assisted_by
    if (mandate := capacity.mandate) is not None:
        found |= {"co_signatory": mandate.type, "mandate_scope": mandate.scope}
        if mandate.ends_on is not None:
            found["mandate_ends_on"] = mandate.ends_on.isoformat()
    return found
