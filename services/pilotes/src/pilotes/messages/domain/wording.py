"""The words of each message, in the language of its recipient.

A reader of the mailbox, or of its list of subjects, learns of no trial of a participant, and of no
figure and no person from those of a team.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from pilotes.messages.domain.topics import MessageType, TeamTopic
from socle.dates import day_in_words

MailLanguage = Literal["fr", "en"]


@dataclass(frozen=True, slots=True)
class Letter:
    """A message to be sent."""

    subject: str
    text: str
    """Plain text, of several lines."""
    stop: str | None
    """The address that stops further messages (RFC 8058); None of one that only confirms."""


@dataclass(frozen=True, slots=True)
class LetterFacts:
    """What a message is about."""

    type: MessageType
    language: MailLanguage
    public: str
    """The platform's address in browsers, without a final slash."""
    confirm: str
    """The last part of the link that confirms the address."""
    stop: str
    """The last part of the link that stops messages."""
    opens: date | None = None
    """Of a reminder: the first day of the questionnaire."""
    pilot_id: str = ""
    title: str = ""
    """Of the pilot; both only of messages to a team."""
    automatic: bool = False
    """Of a pause: whether no person decided it."""
    coordinator: bool = False
    """Of a message to a team: whether its recipient coordinates: they open all of the lab."""


_SUBJECTS: Final[Mapping[MailLanguage, Mapping[MessageType, str]]] = {
    "fr": {
        "confirmation": "Région Lab : confirmez votre adresse",
        "reminder": "Région Lab : quelques questions pour vous",
        "paused": "Région Lab : un essai est en pause",
        "draw": "Région Lab : un tirage au sort est à vérifier",
        "incident": "Région Lab : un incident grave est signalé",
        "stage": "Région Lab : un essai change d'étape",
        "opinion": "Région Lab : un avis est attendu",
    },
    "en": {
        "confirmation": "Région Lab: confirm your address",
        "reminder": "Région Lab: some questions for you",
        "paused": "Région Lab: a trial is paused",
        "draw": "Région Lab: a draw needs to be checked",
        "incident": "Région Lab: a severe incident is reported",
        "stage": "Région Lab: a trial enters another stage",
        "opinion": "Région Lab: an opinion is awaited",
    },
}
_CONFIRMATION: Final[Mapping[MailLanguage, str]] = {
    "fr": """Bonjour,

Quelqu'un, sans doute vous, a donné cette adresse pour recevoir des messages de Région Lab.
Pour accepter, ouvrez ce lien dans les sept jours, puis appuyez sur le bouton :
{confirm}

Si ce n'est pas vous, ne faites rien : vous ne recevrez rien d'autre
sans un nouveau geste de cette personne.""",
    "en": """Hello,

Somebody, probably you, gave this address to receive messages from Région Lab.
To accept, open this link within seven days, then press the button:
{confirm}

If it was not you, do nothing: you will receive nothing else unless that person does it again.""",
}
_REMINDER: Final[Mapping[MailLanguage, str]] = {
    "fr": """Bonjour,

Vous avez demandé un rappel. À partir du {day}, quelques questions vous attendent ici :
{page}

Si vous avez déjà répondu, merci : il n'y a rien à faire.""",
    "en": """Hello,

You chose to be reminded. From {day} on, some questions are waiting for you here:
{page}

If you have already answered, thank you: there is nothing to do.""",
}
_TEAM: Final[Mapping[MailLanguage, Mapping[TeamTopic, str]]] = {
    "fr": {
        "paused": "L'essai « {title} » est en pause. {why}",
        "draw": "Dans l'essai « {title} », les groupes ne sont pas ceux que le tirage au sort"
        " devait faire. Rien n'est à conclure avant d'avoir compris pourquoi.",
        "incident": "Un incident grave est signalé dans l'essai « {title} ».",
        "stage": "L'essai « {title} » est passé à une autre étape.",
        "opinion": "L'avis du Cr'Num est attendu sur l'essai « {title} ».",
    },
    "en": {
        "paused": "The trial “{title}” is paused. {why}",
        "draw": "In the trial “{title}”, people are not in the groups that the draw planned."
        " Nothing can be concluded before the reason is known.",
        "incident": "A severe incident is reported in the trial “{title}”.",
        "stage": "The trial “{title}” has entered another stage.",
        "opinion": "The opinion of the Cr'Num on the trial “{title}” is awaited.",
    },
}
_TEAM_LETTER: Final[Mapping[MailLanguage, Mapping[bool, str]]] = {
    "fr": {
        True: "Bonjour,\n\n{text}\n\nPour en savoir plus, et agir :\n{page}",
        False: "Bonjour,\n\n{text}\n\nPour en savoir plus, connectez-vous :\n{page}",
    },
    "en": {
        True: "Hello,\n\n{text}\n\nTo learn more, and to act:\n{page}",
        False: "Hello,\n\n{text}\n\nTo learn more, log in:\n{page}",
    },
}
_WHY: Final[Mapping[MailLanguage, Mapping[bool, str]]] = {
    "fr": {
        True: "Un garde-fou est franchi, ou un incident grave est signalé.",
        False: "Quelqu'un de l'équipe l'a décidé.",
    },
    "en": {
        True: "A guardrail is breached, or a severe incident is reported.",
        False: "Somebody of the team decided it.",
    },
}
_STOP: Final[Mapping[MailLanguage, str]] = {
    "fr": "\n\n-- \nNe plus recevoir ces messages : {stop}\n",
    "en": "\n\n-- \nReceive no more of these messages: {stop}\n",
}


def write_letter(facts: LetterFacts) -> Letter:
    """The message to be sent."""
    language = facts.language
    subject = _SUBJECTS[language][facts.type]
    if facts.type == "confirmation":
        link = f"{facts.public}/participer/messages/confirmer/{facts.confirm}"
        return Letter(subject, _CONFIRMATION[language].format(confirm=link) + "\n", None)
    stop = f"{facts.public}/participer/messages/arreter/{facts.stop}"
    return Letter(subject, _text(facts) + _STOP[language].format(stop=stop), stop)


def _text(facts: LetterFacts) -> str:
    language = facts.language
    if facts.type == "confirmation" or facts.type == "reminder":
        page = f"{facts.public}/participer/mes-participations"
        return _REMINDER[language].format(day=day_of(facts.opens, language), page=page)
    text = _TEAM[language][facts.type].format(
        title=facts.title, why=_WHY[language][facts.automatic]
    )
    page = f"{facts.public}/lab/pilotes/{facts.pilot_id}"
    if not facts.coordinator:
        # It leads the other members to what they open of the lab.
        page += "/messages"
    return _TEAM_LETTER[language][facts.coordinator].format(text=text, page=page)


def day_of(day: date | None, language: MailLanguage) -> str:
    """The day in the language; a dash for None."""
    return "—" if day is None else day_in_words(day, language)
