"""The gates: what each step of a pilot needs, and what is missing, in words that say who brings it.

A gate is judged on the record alone, whoever asks and however: there is no way around.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from pilotes.record.domain.evidence import OPINIONS, Evidence, EvidenceKind
from pilotes.record.domain.pilot import Pilot
from pilotes.record.domain.protocol import Protocol
from pilotes.record.domain.protocol_checks import mistakes_of
from pilotes.record.domain.roles import Member
from pilotes.record.domain.stages import NEXT, Stage


@dataclass(frozen=True, slots=True)
class Dossier:
    """All a gate looks at. `evidence`: the latest of each kind; `frozen`: whether the protocol in
    force is; `members`: the roles somebody holds in this pilot; `told_arms`: those that the notice
    in force tells people of, None before the first."""

    pilot: Pilot
    protocol: Protocol | None
    frozen: bool
    evidence: Mapping[EvidenceKind, Evidence]
    members: frozenset[Member]
    told_arms: tuple[str, ...] | None
    now: datetime


@dataclass(frozen=True, slots=True)
class Missing:
    """What keeps a gate shut. `evidence`: a stable word for programs; `sentence`: for people."""

    evidence: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Requirement:
    """One thing a gate needs. `look` tells what is missing of it, None where nothing is."""

    evidence: str
    look: Callable[[Dossier], str | None]


def missing_for(end: Stage, dossier: Dossier) -> tuple[Missing, ...]:
    """What keeps that pilot from that stage; the step itself is one of `NEXT`."""
    needed = GATES.get((dossier.pilot.stage, end), ())
    told = ((each.evidence, each.look(dossier)) for each in needed)
    return tuple(Missing(name, sentence) for name, sentence in told if sentence is not None)


def used_by(end: Stage, dossier: Dossier) -> tuple[Evidence, ...]:
    """The pieces that gate rests on, in the order of their ids."""
    names = {each.evidence for each in GATES.get((dossier.pilot.stage, end), ())}
    found = (piece for kind, piece in dossier.evidence.items() if kind in names)
    return tuple(sorted(found, key=lambda piece: piece.id))


def _problem(dossier: Dossier) -> str | None:
    told = dossier.pilot.description
    if told.problem and told.hypothesis:
        return None
    return "Le problème et l'hypothèse ne sont pas écrits : complétez la fiche du pilote."


def _holder(dossier: Dossier) -> str | None:
    if "project_holder" in dossier.members:
        return None
    return "Aucun porteur de projet n'est nommé : la coordination en nomme un."


def _reference(kind: EvidenceKind, sentence: str) -> Requirement:
    return Requirement(kind, lambda dossier: None if kind in dossier.evidence else sentence)


def _audience(dossier: Dossier) -> str | None:
    if dossier.pilot.description.audience:
        return None
    return "Le public n'est pas décrit : dites avec qui on essaie."


def _protocol(dossier: Dossier) -> str | None:
    if dossier.protocol is None:
        return "Le protocole n'est pas écrit : bras, éligibilité, indicateurs, règle d'arrêt."
    wrong = mistakes_of(dossier.protocol)
    return f"Le protocole n'est pas utilisable : {' ; '.join(wrong)}." if wrong else None


def _frozen(dossier: Dossier) -> str | None:
    if dossier.frozen:
        return None
    return "Les indicateurs ne sont pas gelés : la coordination gèle le protocole."


def _processing(dossier: Dossier) -> str | None:
    missing = dossier.pilot.processing.missing()
    if not missing:
        return None
    return f"La fiche de traitement (RGPD, art. 30) est incomplète : {', '.join(missing)}."


def _judge(dossier: Dossier) -> str | None:
    if "crnum_member" in dossier.members:
        return None
    return "Aucun membre du Cr'Num n'est nommé pour ce pilote : la coordination en nomme un."


def _opinion(dossier: Dossier) -> str | None:
    given, version = dossier.evidence.get("crnum_opinion"), dossier.pilot.protocol_version
    if given is None:
        return (
            f"L'avis du Cr'Num manque : un de ses membres le rend sur la version {version}"
            " du protocole."
        )
    if given.protocol_version != version:
        return (
            f"L'avis du Cr'Num porte sur la version {given.protocol_version} du protocole, la"
            f" version {version} est en vigueur : un nouvel avis est nécessaire."
        )
    if given.content["opinion"] == "unfavorable":
        return (
            f"L'avis du Cr'Num est {OPINIONS['unfavorable']} : revenez en co-conception,"
            " ou arrêtez le pilote."
        )
    return None


def _effects(dossier: Dossier) -> str | None:
    shown, version = dossier.evidence.get("smallest_effects"), dossier.pilot.protocol_version
    if shown is not None and shown.protocol_version == version:
        return None
    return (
        "Le plus petit effet détectable avec les effectifs prévus n'a pas été vu pour la version"
        f" {version} du protocole : affichez-le et confirmez."
    )


def _notice(dossier: Dossier) -> str | None:
    if dossier.told_arms is None:
        return (
            "Aucune notice d'information n'est publiée, et personne ne peut accepter sans elle :"
            " le porteur ou la coordination la publie."
        )
    if dossier.protocol is None:
        return None
    if dossier.told_arms == tuple(arm.label for arm in dossier.protocol.arms):
        return None
    return (
        "La notice d'information annonce d'autres bras que le protocole en vigueur : publiez-en"
        " une nouvelle version."
    )


def _dates(dossier: Dossier) -> str | None:
    if dossier.protocol is None or dossier.protocol.ends_at > dossier.now:
        return None
    return "La date de fin du protocole est passée : écrivez-en une version à venir."


def _salt(dossier: Dossier) -> str | None:
    if dossier.pilot.salted:
        return None
    return "Le sel de ce pilote est détruit : il ne peut pas reprendre."


_IMPACT: Final = _reference(
    "impact_assessment",
    "La référence de l'analyse d'impact (AIPD) manque : le porteur ou la coordination la dépose.",
)
_FROZEN: Final = Requirement("frozen_indicators", _frozen)
_PROCESSING: Final = Requirement("processing", _processing)
_PROTOCOL: Final = Requirement("protocol", _protocol)
_EVALUATION: Final = _reference(
    "evaluation_report",
    "Le rapport d'évaluation manque, résultats nuls compris : déposez sa référence.",
)

GATES: Final[Mapping[tuple[Stage, Stage], tuple[Requirement, ...]]] = {
    ("idea", "codesign"): (
        Requirement("problem", _problem),
        Requirement("project_holder", _holder),
    ),
    ("codesign", "ready"): (
        _reference("codesign_report", "Le compte rendu de co-conception manque : déposez-le."),
        Requirement("audience", _audience),
        _PROTOCOL,
    ),
    ("ready", "opinion"): (
        _IMPACT,
        _PROCESSING,
        _PROTOCOL,
        _FROZEN,
        Requirement("crnum_member", _judge),
    ),
    ("opinion", "trial"): (
        Requirement("crnum_opinion", _opinion),
        _IMPACT,
        _PROCESSING,
        _PROTOCOL,
        _FROZEN,
        Requirement("smallest_effects", _effects),
        Requirement("information_notice", _notice),
        Requirement("dates", _dates),
        Requirement("salt", _salt),
    ),
    ("evaluation", "generalise"): (
        _EVALUATION,
        _reference(
            "generalisation_plan",
            "Le plan de généralisation manque (coût, énergie, exploitation) : déposez-le.",
        ),
    ),
    ("evaluation", "iterate"): (_EVALUATION,),
    ("evaluation", "stop"): (_EVALUATION,),
    ("generalise", "closed"): (
        _reference("adoption_follow_up", "Le suivi d'adoption manque : déposez sa référence."),
    ),
}
"""By step. One that is in `NEXT` and not here needs a decision and nothing else."""

assert all(end in NEXT[start] for start, end in GATES)
