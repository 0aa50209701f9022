"""Questionnaires of a trial: SUS, NPS, and questions of its own.

What is answered is a score each (`survey:<survey>:<sus | nps | question>` of an indicator), and
free texts. One answer a person and occasion.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from pilotes.surveys.domain.scores import nps, sus
from socle.errors import Refusal

QuestionKind = Literal["scale", "text"]

SUS: Final = "sus"
NPS: Final = "nps"
ONCE: Final = "unique"
"""The occasion where there is one only."""
LONGEST: Final = 1_000
"""Characters of a free text."""

# The French version that was validated: G. Gronier, A. Baudet, "Psychometric Evaluation of the
# F-SUS", International Journal of Human-Computer Interaction 37, 2021.
SUS_ITEMS: Final = (
    "Je voudrais utiliser ce système fréquemment",
    "Ce système est inutilement complexe",
    "Ce système est facile à utiliser",
    "J'aurais besoin du soutien d'un technicien pour être capable d'utiliser ce système",
    "Les différentes fonctionnalités de ce système sont bien intégrées",
    "Il y a trop d'incohérences dans ce système",
    "La plupart des gens apprendront à utiliser ce système très rapidement",
    "Ce système est très lourd à utiliser",
    "Je me suis senti très en confiance en utilisant ce système",
    "J'ai eu besoin d'apprendre beaucoup de choses avant de pouvoir utiliser ce système",
)
NPS_QUESTION: Final = "Recommanderiez-vous ce service à un proche ?"


@dataclass(frozen=True, slots=True)
class Question:
    """One of a trial's own. `scale`: whole numbers from `low` to `high`, an answer is due; `text`:
    free, may stay empty."""

    id: str
    text: str
    kind: QuestionKind
    low: int = 1
    high: int = 5


@dataclass(frozen=True, slots=True)
class Survey:
    """One questionnaire, in French. `occasions`: names of the moments it is answered at."""

    id: str
    title: str
    sus: bool
    nps: bool
    questions: tuple[Question, ...]
    occasions: tuple[str, ...] = (ONCE,)

    def check(self) -> None:
        """Raises Refusal, saying all that is wrong with it."""
        if wrong := list(self._mistakes()):
            raise Refusal("invalid", f"Questionnaire à corriger : {' ; '.join(wrong)}.")

    def _mistakes(self) -> Iterator[str]:
        names = [each.id for each in self.questions]
        if not (self.sus or self.nps or self.questions):
            yield "il ne demande rien"
        if len(set(names)) < len(names):
            yield "deux questions portent le même nom"
        if {SUS, NPS} & set(names):
            yield f"{SUS} et {NPS} sont des noms réservés"
        if not self.occasions or len(set(self.occasions)) < len(self.occasions):
            yield "il faut au moins une occasion, et que chacune ait son nom"
        for each in self.questions:
            if each.kind == "scale" and not each.low < each.high:
                yield f"l'échelle de {each.id} doit monter"


@dataclass(frozen=True, slots=True)
class Answered:
    """What somebody's answers come to. `scores`: by sus, nps or question; `texts`: by question."""

    scores: Mapping[str, float]
    texts: Mapping[str, str]


def answered(survey: Survey, occasion: str, answers: Mapping[str, Any]) -> Answered:
    """Raises Refusal for whatever is not an answer to that questionnaire, whole."""
    if occasion not in survey.occasions:
        raise no_such_occasion(survey)
    asked = {each.id: each for each in survey.questions}
    due = {*asked, *([SUS] if survey.sus else ()), *([NPS] if survey.nps else ())}
    if unknown := sorted(set(answers) - due):
        raise Refusal("invalid", f"Le questionnaire ne demande pas : {', '.join(unknown)[:200]}.")
    scores: dict[str, float] = {}
    texts: dict[str, str] = {}
    if survey.sus:
        scores[SUS] = _sus(answers.get(SUS))
    if survey.nps:
        scores[NPS] = nps(_whole(NPS_QUESTION, answers.get(NPS), 0, 10))
    for question in survey.questions:
        said = answers.get(question.id)
        if question.kind == "scale":
            scores[question.id] = _whole(question.text, said, question.low, question.high)
        elif text := _text(question, said):
            texts[question.id] = text
    return Answered(scores, texts)


def no_such_occasion(survey: Survey) -> Refusal:
    """What somebody is told who names another."""
    known = ", ".join(survey.occasions)
    return Refusal("invalid", f"Ce questionnaire n'a pas cette occasion. Il y a : {known}.")


def answered_already() -> Refusal:
    """What somebody is told who would answer once more."""
    return Refusal(
        "conflict",
        "Vous avez déjà répondu à ce questionnaire : une réponse par personne suffit, "
        "la première compte.",
    )


def _sus(said: Any) -> float:
    if not isinstance(said, list | tuple) or len(said) != len(SUS_ITEMS):
        raise Refusal("invalid", "Répondez aux dix affirmations, de 1 à 5.")
    return sus([_whole(item, each, 1, 5) for item, each in zip(SUS_ITEMS, said, strict=True)])


def _whole(question: str, said: Any, low: int, high: int) -> int:
    if isinstance(said, bool) or not isinstance(said, int) or not low <= said <= high:
        raise Refusal("invalid", f"« {question} » : répondez par un nombre de {low} à {high}.")
    return said


def _text(question: Question, said: Any) -> str:
    if said is None:
        return ""
    if not isinstance(said, str) or len(said) > LONGEST:
        raise Refusal("invalid", f"« {question.text} » : {LONGEST} caractères au plus.")
    # Control characters have no place in a text, and some spell other things than they show.
    return "".join(each for each in said if each.isprintable() or each == "\n").strip()
