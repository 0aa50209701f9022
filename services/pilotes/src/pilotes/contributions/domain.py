"""Contributions: opinions on a pilot that anybody can give, without taking part and anonymously."""

import hashlib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Literal, get_args

from pilotes.record.domain.pilot import Pilot
from socle.errors import Refusal

State = Literal["received", "published", "set_aside"]
"""`received`: it waits for moderation."""
Reason = Literal["off_topic", "personal", "unlawful", "repeated"]
"""Why the team sets a contribution aside. Labels: `REASONS`."""

MAX_LENGTH: Final = 2_000
"""Of a contribution, in characters."""
MAX_PER_DAY: Final = 500
"""Contributions to one pilot, from all callers together; the gateway's plans limit each caller."""

REASONS: Final[Mapping[str, str]] = {
    "off_topic": "ne parle pas de ce pilote",
    "personal": "parle d'une personne ou de la santé de quelqu'un",
    "unlawful": "injurieux ou interdit par la loi",
    "repeated": "déjà dit dans un avis publié",
    "unanswered": "resté sans réponse, effacé à la fin du délai",
}
"""The French label of each reason. The team does not choose `unanswered`: the erasure at the end of
the retention period sets it."""


@dataclass(frozen=True, slots=True)
class Contribution:
    """A stored contribution."""

    number: int
    text: str
    """Free text; empty once it is erased."""
    received_on: date
    """The day (UTC). The time is not stored: logs of that instant could identify the author."""
    revision: int
    """Incremented by each moderation."""
    state: State
    answer: str
    """The team's answer; empty unless it is published."""
    reason: str | None
    """Why it was set aside, a key of `REASONS`; None otherwise."""
    answered_at: datetime | None
    """When it was moderated last; None: not yet, or it was erased unanswered."""
    answered_as: str | None
    """The role of the person who answered it or set it aside; None like `answered_at`."""


@dataclass(frozen=True, slots=True)
class Counts:
    """The number of contributions to a pilot, in total and by state."""

    received: int
    """All of them, whatever became of them since."""
    published: int
    set_aside: int

    @property
    def waiting(self) -> int:
        """Those that are neither published nor set aside yet."""
        return self.received - self.published - self.set_aside

    @property
    def sentence(self) -> str:
        """« 12 avis reçus : 8 publiés, 3 non publiés, 1 en attente. »"""
        if not self.received:
            return "Aucun avis reçu."
        return (
            f"{self.received} avis {_several('reçu', self.received)} :"
            f" {self.published} {_several('publié', self.published)},"
            f" {self.set_aside} non {_several('publié', self.set_aside)},"
            f" {self.waiting} en attente."
        )


@dataclass(frozen=True, slots=True)
class Moderation:
    """The team's decision on a contribution: publish it with an answer, or set it aside for a
    reason."""

    state: State
    answer: str = ""
    """Required if it is published, else empty."""
    reason: Reason | None = None
    """Required if it is set aside, else None."""

    def check(self) -> None:
        """Raises Refusal for another combination."""
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
    def erases_text(self) -> bool:
        """Whether the text is erased at once, because it is about a person."""
        return self.reason == "personal"


def check_open(pilot: Pilot) -> None:
    """Raises Refusal if the pilot accepts no contributions: before its trial is opened, and once it
    is closed."""
    if not pilot.published:
        raise Refusal(
            "conflict",
            "Ce pilote n'est pas encore public : on n'y donne pas d'avis.",
            rule="opinions_not_open",
        )
    if pilot.stage == "closed":
        raise Refusal(
            "gone",
            "Ce pilote est clos : il ne reçoit plus d'avis. Rien n'a été enregistré.",
            rule="opinions_closed",
        )


def text_digest(text: str) -> bytes:
    """SHA-256 of the text without case, formatting characters and Unicode variants, white space
    collapsed: equal for texts that read the same."""
    seen = "".join(each for each in text if unicodedata.category(each) != "Cf")
    plain = " ".join(unicodedata.normalize("NFKC", seen).casefold().split())
    return hashlib.sha256(plain.encode()).digest()


def privacy_notice(retention_days: int) -> str:
    """The privacy notice next to the form, in French. `retention_days`: of the pilot's register
    entry."""
    return (
        "L'équipe de l'essai lit chaque avis. Elle le publie avec une réponse, ou ne le publie pas."
        " Nous ne gardons rien sur la personne qui l'a écrit : nous ne pourrons donc pas le"
        " retrouver pour vous. Un avis non publié est effacé"
        f" {retention_days} jours après la fin de l'essai."
    )


def _several(word: str, many: int) -> str:
    return f"{word}s" if many > 1 else word
