"""Reminders as notifications of a browser, in the language of their recipient.

Whoever sees the screen learns of no trial and nothing about health: the words are those of the
e-mails.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from pilotes.messages.domain.topics import MessageType, end_of_daytime
from pilotes.messages.domain.wording import LetterFacts, MailLanguage, day_of

PAGE: Final = "/participer/mes-participations"
"""What a click opens."""
_FIRST_STORED: Final = timedelta(hours=1)
"""Of the first one, which answers a choice that was made on the device itself."""


@dataclass(frozen=True, slots=True)
class Notification:
    """A notification to be displayed."""

    type: MessageType
    title: str
    text: str
    language: MailLanguage
    lasts: timedelta
    """How long the push service stores it for a browser that is not connected."""


_TITLES: Final[Mapping[MailLanguage, Mapping[bool, str]]] = {
    "fr": {True: "Région Lab", False: "Région Lab : quelques questions pour vous"},
    "en": {True: "Région Lab", False: "Région Lab: some questions for you"},
}
"""By whether it is the first one."""
_TEXTS: Final[Mapping[MailLanguage, Mapping[bool, str]]] = {
    "fr": {
        True: "C'est noté : vos rappels arriveront ici.",
        False: "Vous avez demandé un rappel. À partir du {day}, quelques questions vous attendent.",
    },
    "en": {
        True: "You will be notified here.",
        False: "You chose to be reminded. From {day} on, some questions are waiting for you.",
    },
}


def write_notification(facts: LetterFacts, now: datetime) -> Notification:
    """The notification to be sent now. A reminder that is not displayed by the evening is not
    displayed at night."""
    first, language = facts.type == "confirmation", facts.language
    return Notification(
        facts.type,
        _TITLES[language][first],
        _TEXTS[language][first].format(day=day_of(facts.opens, language)),
        language,
        _FIRST_STORED if first else end_of_daytime(now) - now,
    )
