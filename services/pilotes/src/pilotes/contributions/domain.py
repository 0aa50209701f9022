"""What anybody says of a pilot, without taking part and without a name; and what became of it."""

import hashlib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Literal, get_args

from pilotes.record.domain.pilot import Pilot
from socle.errors import Refusal

State = Literal["received", "published", "set_aside"]
Reason = Literal["off_topic", "personal", "unlawful", "repeated"]
"""Why the team sets one aside."""

LONGEST: Final = 2_000
"""Characters of one."""
MOST_A_DAY: Final = 500
"""Of one pilot, from everybody together: what one caller may send, the gateway's plans say."""

REASONS: Final[Mapping[str, str]] = {
    "off_topic": "ne parle pas de ce pilote",
    "personal": "parle d'une personne ou de la santé de quelqu'un",
    "unlawful": "injurieux ou interdit par la loi",
    "repeated": "déjà dit dans un avis publié",
    "unanswered": "resté sans réponse, effacé à la fin du délai",
}


@dataclass(frozen=True, slots=True)
class Contribution:
    """One of them, as it is kept. `said`, `answer`: free text, of people; `said` is empty once it
    was forgotten. `received_on`: the day alone (UTC), so that nothing else that happened then leads
    to who said it. `answered_as`: the role of whoever answered it or set it aside."""

    number: int
    said: str
    received_on: date
    revision: int
    state: State
    answer: str
    reason: str | None
    answered_at: datetime | None
    answered_as: str | None


@dataclass(frozen=True, slots=True)
class Counts:
    """How many a pilot received since it was published, and what became of them."""

    received: int
    published: int
    set_aside: int

    @property
    def sentence(self) -> str:
        """« 12 avis reçus : 8 publiés, 3 mis de côté, 1 en attente. »"""
        if not self.received:
            return "Aucun avis reçu."
        waiting = self.received - self.published - self.set_aside
        publish, aside = _several("publié", self.published), _several("mis", self.set_aside, "")
        return (
            f"{self.received} avis {_several('reçu', self.received)} : {self.published} {publish},"
            f" {self.set_aside} {aside} de côté, {waiting} en attente."
        )


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the team makes of one: published with an `answer`, or set aside for a `reason`."""

    state: State
    answer: str = ""
    reason: Reason | None = None

    def check(self) -> None:
        """Raises Refusal where it is neither."""
        if self.state == "published" and self.answer and self.reason is None:
            return
        if self.state == "set_aside" and self.reason is not None and not self.answer:
            return
        raise Refusal(
            "invalid",
            "Publiez l'avis avec une réponse (state: published, answer), ou mettez-le de côté avec"
            f" une raison (state: set_aside, reason: {', '.join(get_args(Reason))}).",
        )

    @property
    def forgets(self) -> bool:
        """Whether what was written goes at once: what speaks of somebody is not kept."""
        return self.reason == "personal"


def check_open(pilot: Pilot) -> None:
    """Whether it hears everybody now: from the opening of its trial until it is closed, whatever
    happens in between. Raises Refusal."""
    if not pilot.published:
        raise Refusal("conflict", "Ce pilote n'est pas encore public : on n'y donne pas d'avis.")
    if pilot.stage == "closed":
        raise Refusal(
            "gone", "Ce pilote est clos : il ne reçoit plus d'avis. Rien n'a été enregistré."
        )


def digest_of_said(said: str) -> bytes:
    """The same for what says the same: accents however they are encoded, spaces however many,
    capitals or not, whatever is not seen."""
    seen = "".join(each for each in said if unicodedata.category(each) != "Cf")
    plain = " ".join(unicodedata.normalize("NFKC", seen).casefold().split())
    return hashlib.sha256(plain.encode()).digest()


def notice(retention_days: int) -> str:
    """What somebody is told before they write. `retention_days`: of the pilot's register."""
    return (
        "L'équipe du pilote lit chaque avis, puis le publie avec une réponse ou le met de côté."
        " Rien n'est gardé de qui l'a écrit : on ne pourra donc pas le retrouver pour vous."
        f" Non publié, il est effacé {retention_days} jours après la fin du pilote."
    )


def _several(word: str, many: int, ending: str = "s") -> str:
    return word + ending if many > 1 else word
