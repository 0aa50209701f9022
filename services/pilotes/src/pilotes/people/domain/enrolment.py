"""Whether a pilot enrols people now; if not, why, in sentences for the person."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from pilotes.record.domain.draws.designs import Place
from pilotes.record.domain.draws.permuted_blocks import BlockDraw
from pilotes.record.domain.notice import Notice
from pilotes.record.domain.pilot import Pilot
from pilotes.record.domain.protocol import Protocol
from pilotes.record.domain.readings import ReadingType
from pilotes.record.domain.stages import BEFORE_TRIAL
from socle.errors import Refusal

_UNCHANGED: Final = "Rien n'a été enregistré."


@dataclass(frozen=True, slots=True)
class Trial:
    """A pilot with the data that an enrolment needs."""

    pilot: Pilot
    protocol: Protocol | None
    """The protocol in force; None before the first."""
    notice: Notice | None
    """The notice in force; None before the first."""
    salt: bytes | None
    """The key of its pseudonyms; None once it is destroyed."""
    excluded_subjects: frozenset[str] = frozenset()
    """The subjects of its project holders and members of the Cr'Num: they lead or judge it."""


@dataclass(frozen=True, slots=True)
class AgreedTerms:
    """What a person agreed to, and why it changed since."""

    protocol: Protocol
    notice: Notice
    reasons: tuple[str, ...]
    """Of the amendments that changed it since, the first one first."""


@dataclass(frozen=True, slots=True)
class SaltedPilot:
    """A pilot in which people can still be identified."""

    pilot: Pilot
    salt: bytes


@dataclass(frozen=True, slots=True)
class OpenTrial:
    """A pilot that enrols people now. Fields as in `Trial`."""

    pilot: Pilot
    protocol: Protocol
    notice: Notice
    salt: bytes
    excluded_subjects: frozenset[str]
    invited_place: Place | None = None
    """The place of the enrolment code; None: the person states theirs, or each person is drawn."""


def invited_to(trial: OpenTrial, place: str | None) -> OpenTrial:
    """The trial as a code opens it. `place`: the place of the code, if it has one."""
    return replace(trial, invited_place=trial.protocol.design.find_place(place))


def draw_of(trial: OpenTrial, stratum: str | None) -> BlockDraw | None:
    """The draw of a person who gave that answer, as `check_stratum` returns it; None if they are
    not drawn in blocks."""
    if stratum is None:
        return None
    return BlockDraw(stratum, trial.protocol.weights, trial.salt)


def require_open_trial(trial: Trial, now: datetime) -> OpenTrial:
    """The trial, if it enrols people at that instant. Raises Refusal with the reason otherwise."""
    title = trial.pilot.title
    if trial.pilot.stage in BEFORE_TRIAL:
        raise Refusal(
            "conflict",
            f"« {title} » n'est pas encore ouvert. {_UNCHANGED}",
            rule="trial_not_open",
            pilot=title,
        )
    over = trial.protocol is not None and now >= trial.protocol.ends_at
    if trial.pilot.stage != "trial" or over:
        raise Refusal(
            "gone",
            f"« {title} » est terminé : on n'y entre plus. {_UNCHANGED}",
            rule="trial_over",
            pilot=title,
        )
    if trial.pilot.paused:
        raise Refusal(
            "conflict",
            f"« {title} » est en pause : on n'y entre pas pour l'instant. Gardez votre code. "
            f"{_UNCHANGED}",
            rule="trial_paused",
            pilot=title,
        )
    if trial.protocol is None or trial.notice is None or trial.salt is None:
        raise Refusal(
            "conflict",
            f"« {title} » n'a pas encore de notice d'information : on ne peut pas y consentir.",
            rule="trial_without_notice",
            pilot=title,
        )
    return OpenTrial(trial.pilot, trial.protocol, trial.notice, trial.salt, trial.excluded_subjects)


def check_notice_read(
    trial: OpenTrial, *, pilot_id: str, notice_version: str, reading: ReadingType = "plain"
) -> None:
    """Raises Refusal unless the person read the current notice of the pilot of their code: a
    consent to another pilot, or to an older notice, is not valid.

    `pilot_id`, `notice_version`, `reading`: of the notice that the person read.
    """
    if pilot_id != trial.pilot.id:
        raise Refusal(
            "conflict",
            f"Ce code ouvre un autre pilote : « {trial.pilot.title} ». {_UNCHANGED} "
            "Lisez sa notice avant de décider.",
            rule="other_pilot",
            pilot=trial.pilot.title,
            pilot_id=trial.pilot.id,
        )
    if notice_version != trial.notice.version:
        raise Refusal(
            "conflict",
            f"La notice a changé pendant que vous la lisiez. {_UNCHANGED} Relisez-la, puis "
            "décidez.",
            rule="notice_changed",
            notice_version=trial.notice.version,
        )
    if reading not in trial.notice.readings:
        raise Refusal(
            "invalid",
            "Cette notice n'a pas cette version : lisez le texte complet. Rien n'a été enregistré.",
            rule="reading_unknown",
        )
