"""Whether services report the facts that a protocol counts, before its trial opens.

What they report is known by the hour, and neither how often nor for whom.
"""

from collections.abc import Collection
from datetime import timedelta
from typing import Final

from pilotes.record.domain.gates import Dossier, MissingRequirement
from pilotes.record.domain.stages import Stage
from pilotes.record.domain.usage_facts import FACTS

SEEN_WITHIN: Final = timedelta(hours=24)
"""A fact that services report has been seen in that time."""


def unseen_facts(end: Stage, dossier: Dossier, seen: Collection[str]) -> tuple[str, ...]:
    """The facts of the protocol's indicators that nobody has caused lately, in alphabetical order;
    none for another step than the opening of a trial. `seen`: those of the last `SEEN_WITHIN`."""
    if end != "trial" or dossier.protocol is None:
        return ()
    indicators = dossier.protocol.indicators
    names = [name for each in indicators for name in (each.source, each.denominator) if name]
    sources = (name.partition(":") for name in names)
    counted = {fact for kind, _, fact in sources if kind in ("use", "return")}
    return tuple(sorted(counted & FACTS.keys() - set(seen)))


def traffic_warnings(unseen: Collection[str]) -> tuple[MissingRequirement, ...]:
    """What a written reason has to answer before the step."""
    if not unseen:
        return ()
    facts = ", ".join(f"« {FACTS[each]} » ({each})" for each in unseen)
    sentence = (
        f"En 24 heures, la plateforme n'a vu aucun usage de : {facts}. Vérifiez que le service"
        " l'annonce. S'il ouvre avec l'essai, écrivez-le comme raison (reason) : elle est publiée."
    )
    return (MissingRequirement("fact_traffic", sentence),)
