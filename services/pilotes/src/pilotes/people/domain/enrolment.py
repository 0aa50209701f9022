"""When a pilot takes people in, and why it does not, in words for whoever wants to."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from pilotes.record.domain.notice import Notice
from pilotes.record.domain.pilot import Pilot
from pilotes.record.domain.protocol import Protocol
from pilotes.record.domain.stages import BEFORE_TRIAL
from socle.errors import Refusal

_UNCHANGED: Final = "Rien n'a été enregistré."


@dataclass(frozen=True, slots=True)
class Trial:
    """A pilot as whoever takes part meets it. `salt`: the key of its pseudonyms, None once it is
    destroyed; `notice`: the one in force, None before the first."""

    pilot: Pilot
    protocol: Protocol | None
    notice: Notice | None
    salt: bytes | None


@dataclass(frozen=True, slots=True)
class Salted:
    """A pilot in which people can still be found."""

    pilot: Pilot
    salt: bytes


@dataclass(frozen=True, slots=True)
class OpenTrial:
    """One that takes people in now."""

    pilot: Pilot
    protocol: Protocol
    notice: Notice
    salt: bytes


def open_trial(trial: Trial, now: datetime) -> OpenTrial:
    """The same, which takes people in at that instant. Raises Refusal saying why it does not."""
    title = trial.pilot.title
    if trial.pilot.stage in BEFORE_TRIAL:
        raise Refusal("conflict", f"« {title} » n'est pas encore ouvert. {_UNCHANGED}")
    over = trial.protocol is not None and now >= trial.protocol.ends_at
    if trial.pilot.stage != "trial" or over:
        raise Refusal("gone", f"« {title} » est terminé : on n'y entre plus. {_UNCHANGED}")
    if trial.pilot.paused:
        raise Refusal(
            "conflict",
            f"« {title} » est en pause : on n'y entre pas pour l'instant. Gardez votre code. "
            f"{_UNCHANGED}",
        )
    if trial.protocol is None or trial.notice is None or trial.salt is None:
        raise Refusal(
            "conflict",
            f"« {title} » n'a pas encore de notice d'information : on ne peut pas y consentir.",
        )
    return OpenTrial(trial.pilot, trial.protocol, trial.notice, trial.salt)


def check_meant(trial: OpenTrial, *, pilot_id: str, notice_version: str) -> None:
    """Whether what somebody read and agreed to is what their code opens, as it is told now.

    Raises Refusal: a consent to another pilot, or to a notice that has changed since, is none.
    """
    if pilot_id != trial.pilot.id:
        raise Refusal(
            "conflict",
            f"Ce code ouvre un autre pilote : « {trial.pilot.title} ». {_UNCHANGED} "
            "Lisez sa notice avant de décider.",
            pilot_id=trial.pilot.id,
        )
    if notice_version != trial.notice.version:
        raise Refusal(
            "conflict",
            f"La notice a changé pendant que vous la lisiez. {_UNCHANGED} Relisez-la, puis "
            "décidez.",
            notice_version=trial.notice.version,
        )
