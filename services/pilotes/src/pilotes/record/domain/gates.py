"""The gates: what each step of a pilot requires, and what is missing, in sentences that name the
role that has to provide it.

A gate is judged on the record alone; it does not depend on who requests the step.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final

from pilotes.record.domain.draws.permuted_blocks import mistake_of_register
from pilotes.record.domain.draws.schedule_checks import mistake_of_opening
from pilotes.record.domain.evidence import OPINIONS, Evidence, EvidenceType
from pilotes.record.domain.notice import Notice, outdated_parts
from pilotes.record.domain.pilot import Pilot
from pilotes.record.domain.protocol import Protocol
from pilotes.record.domain.protocol_checks import mistakes_of, new_mistakes
from pilotes.record.domain.roles import Member
from pilotes.record.domain.stages import NEXT, Stage
from pilotes.record.domain.survey_sources import SurveyScores, survey_mistakes


@dataclass(frozen=True, slots=True)
class Dossier:
    """The parts of a pilot's record on which a gate is judged."""

    pilot: Pilot
    protocol: Protocol | None
    """The one in force, a draft or frozen; None before the first."""
    frozen: bool
    """Whether the protocol in force is frozen."""
    digest: str
    """The digest of the protocol; empty without one."""
    evidence: Mapping[EvidenceType, Evidence]
    """The latest piece of each type."""
    members: frozenset[Member]
    """The roles held in the pilot."""
    notice: Notice | None
    """The notice in force; None before the first one."""
    surveys: SurveyScores
    """Of the questionnaires that are written."""
    now: datetime
    amended: Protocol | None = None
    """The one that it amends during the trial, of which it may keep the mistakes."""


@dataclass(frozen=True, slots=True)
class MissingRequirement:
    """A requirement that is not met, and prevents a step."""

    evidence: str
    """Its name, for programs; it does not change."""
    sentence: str
    """What to do, for people, in French."""


@dataclass(frozen=True, slots=True)
class Requirement:
    """One requirement of a gate."""

    evidence: str
    """Its name; that of the evidence type if it requires evidence."""
    find_missing: Callable[[Dossier], str | None]
    """Returns None if it is met, else a sentence that says what is missing."""


def missing_requirements(end: Stage, dossier: Dossier) -> tuple[MissingRequirement, ...]:
    """The requirements that prevent the step to that stage, which is one of `NEXT`."""
    needed = GATES.get((dossier.pilot.stage, end), ())
    checked = ((each.evidence, each.find_missing(dossier)) for each in needed)
    return tuple(
        MissingRequirement(name, sentence) for name, sentence in checked if sentence is not None
    )


def missing_for_amendment(dossier: Dossier) -> tuple[MissingRequirement, ...]:
    """The requirements that prevent a proposed amendment from taking effect.

    `dossier`: with the protocol and the processing entry that are proposed.
    """
    checked = ((each.evidence, each.find_missing(dossier)) for each in AMENDMENT)
    return tuple(MissingRequirement(name, sentence) for name, sentence in checked if sentence)


def evidence_used(end: Stage, dossier: Dossier) -> tuple[Evidence, ...]:
    """The pieces of evidence that the gate requires, in the order of their ids."""
    names = {each.evidence for each in GATES.get((dossier.pilot.stage, end), ())}
    found = (piece for kind, piece in dossier.evidence.items() if kind in names)
    return tuple(sorted(found, key=lambda piece: piece.id))


def _problem(dossier: Dossier) -> str | None:
    description = dossier.pilot.description
    if description.problem and description.hypothesis:
        return None
    return "Le problème et l'hypothèse ne sont pas écrits : complétez la fiche du pilote."


def _holder(dossier: Dossier) -> str | None:
    if "project_holder" in dossier.members:
        return None
    return "Aucun porteur de projet n'est nommé : la coordination en nomme un."


def _reference(kind: EvidenceType, sentence: str) -> Requirement:
    """The requirement of a document. `sentence`: for people, if it was not given."""
    return Requirement(kind, lambda dossier: None if kind in dossier.evidence else sentence)


def _audience(dossier: Dossier) -> str | None:
    described = dossier.pilot.description.audience
    return None if described else "Le public n'est pas décrit : dites avec qui on essaie."


def _protocol(dossier: Dossier) -> str | None:
    if dossier.protocol is None:
        return "Le protocole n'est pas écrit : bras, éligibilité, indicateurs, règle d'arrêt."
    wrong = new_mistakes(mistakes_of, dossier.amended, dossier.protocol)
    return f"Le protocole n'est pas utilisable : {' ; '.join(wrong)}." if wrong else None


def _frozen(dossier: Dossier) -> str | None:
    if dossier.frozen:
        return None
    return "Les indicateurs ne sont pas gelés : la coordination gèle le protocole."


def _processing(dossier: Dossier) -> str | None:
    processing = dossier.pilot.processing
    if missing := processing.missing():
        return f"La fiche de traitement (RGPD, art. 30) est incomplète : {', '.join(missing)}."
    if not processing.rests_on_consent:
        return (
            "La base légale de la fiche de traitement contredit la notice et le reçu : les gens"
            " participent par leur accord. Écrivez « consentement (RGPD, art. 6 §1 a) »."
        )
    return mistake_of_register(dossier.protocol, processing) if dossier.protocol else None


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
    if not is_about(given, dossier):
        return (
            "L'avis du Cr'Num porte sur un autre texte du protocole, ou de la fiche de traitement :"
            " un nouvel avis est nécessaire."
        )
    if given.content["opinion"] == "unfavorable":
        return (
            f"L'avis du Cr'Num est {OPINIONS['unfavorable']} : revenez en co-conception,"
            " ou arrêtez le pilote."
        )
    return None


def is_about(opinion: Evidence, dossier: Dossier) -> bool:
    """Whether an opinion was given on these texts. Earlier opinions name no processing entry."""
    judged = opinion.content
    processing = dossier.pilot.processing.terms_digest
    return (
        judged.get("protocol_digest", dossier.digest) == dossier.digest
        and judged.get("processing_digest", processing) == processing
    )


def _effects(dossier: Dossier) -> str | None:
    effects, version = dossier.evidence.get("smallest_effects"), dossier.pilot.protocol_version
    if (
        effects is not None
        and effects.protocol_version == version
        and effects.content.get("protocol_digest", dossier.digest) == dossier.digest
    ):
        return None
    return (
        "Le plus petit effet détectable avec les effectifs prévus n'a pas été vu pour la version"
        f" {version} du protocole : affichez-le et confirmez."
    )


def _notice(dossier: Dossier) -> str | None:
    if dossier.notice is None:
        return (
            "Aucune notice d'information n'est publiée, et personne ne peut accepter sans elle :"
            " le porteur ou la coordination la publie."
        )
    if dossier.protocol is None:
        return None
    if not (outdated := outdated_parts(dossier.notice, dossier.pilot, dossier.protocol)):
        return None
    return (
        "La notice d'information ne dit pas la même chose que le dossier"
        f" ({', '.join(outdated)}) : publiez-en une nouvelle version."
    )


def _surveys(dossier: Dossier) -> str | None:
    if dossier.protocol is None:
        return None
    find = partial(survey_mistakes, surveys=dossier.surveys)
    if not (wrong := new_mistakes(find, dossier.amended, dossier.protocol)):
        return None
    return f"Un indicateur attend des réponses qui ne viendront pas : {' ; '.join(wrong)}."


def _dates(dossier: Dossier) -> str | None:
    if dossier.protocol is None:
        return None
    if dossier.protocol.ends_at <= dossier.now:
        return "La date de fin du protocole est passée : écrivez-en une version à venir."
    return None if dossier.amended else mistake_of_opening(dossier.protocol, dossier.now)


def _salt(dossier: Dossier) -> str | None:
    if dossier.pilot.salted:
        return None
    return "Le sel de ce pilote est détruit : il ne peut pas reprendre."


_IMPACT: Final = _reference(
    "impact_assessment",
    "La référence de l'analyse d'impact (AIPD) manque : le porteur ou la coordination la dépose.",
)
_OPINION: Final = Requirement("crnum_opinion", _opinion)
_EFFECTS: Final = Requirement("smallest_effects", _effects)
_DATES: Final = Requirement("dates", _dates)
_SURVEYS: Final = Requirement("surveys", _surveys)
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
        _OPINION,
        _IMPACT,
        _PROCESSING,
        _PROTOCOL,
        _FROZEN,
        _SURVEYS,
        _EFFECTS,
        Requirement("information_notice", _notice),
        _DATES,
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
"""By step (from, to). A step of `NEXT` that is not here has no requirements."""

AMENDMENT: Final = (_OPINION, _PROCESSING, _PROTOCOL, _SURVEYS, _EFFECTS, _DATES)
"""The requirements of a substantial amendment, apart from the new notice, with which it takes
effect."""

assert all(end in NEXT[start] for start, end in GATES)
