"""Questionnaires of a trial: the System Usability Scale, the Net Promoter Score, and questions of
the team.

Answers are scores, which indicators read (`survey:<questionnaire>:<sus | nps | question>`), and
free texts. A person answers once on each occasion.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final, Literal

from pilotes.french.domain import local_day
from pilotes.surveys.domain.scores import nps, sus
from socle.errors import Refusal

QuestionType = Literal["scale", "text"]

SUS: Final = "sus"
NPS: Final = "nps"
ONCE: Final = "unique"
"""The occasion of a questionnaire that has only one."""
LONGEST: Final = 1_000
"""Characters of a free text."""

# The validated French version: G. Gronier, A. Baudet, "Psychometric Evaluation of the
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
    """A question of the team."""

    id: str
    text: str
    """In French."""
    kind: QuestionType
    """A required integer from `low` to `high`, or an optional free text."""
    low: int = 1
    high: int = 5
    """The bounds of a scale, both included."""


@dataclass(frozen=True, slots=True)
class Survey:
    """One questionnaire, in French."""

    id: str
    title: str
    sus: bool
    """Whether it contains the ten statements of the SUS."""
    nps: bool
    """Whether it contains the question of the NPS."""
    questions: tuple[Question, ...]
    occasions: tuple[str, ...] = (ONCE,)
    """Names of the occasions on which it is answered, in order."""
    after_days: tuple[int, ...] = ()
    """For each occasion, the days from a person's consent to the day it is offered; empty: at
    once."""

    @property
    def days_by_occasion(self) -> Mapping[str, int]:
        """By occasion, the days from a person's consent to the day it is offered."""
        days = self.after_days or (0,) * len(self.occasions)
        return dict(zip(self.occasions, days, strict=True))

    def find_question(self, score: str) -> Question | str | None:
        """What gives that score: a question, `SUS` or `NPS`; None if nothing does."""
        if score in (SUS, NPS):
            return score if (self.sus if score == SUS else self.nps) else None
        scales = (each for each in self.questions if each.kind == "scale")
        return next((each for each in scales if each.id == score), None)

    def check(self) -> None:
        """Raises Refusal, naming every mistake of the questionnaire."""
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
        if self.after_days and len(self.after_days) != len(self.occasions):
            yield "donnez un délai par occasion, ou aucun"
        for each in self.questions:
            if each.kind == "scale" and not each.low < each.high:
                yield f"l'échelle de {each.id} doit monter"

    def offered_on(self, occasion: str, consent: datetime) -> date:
        """The day from which a person who consented then is offered that occasion."""
        delay = self.days_by_occasion[occasion]
        return local_day(consent) + timedelta(days=delay)


@dataclass(frozen=True, slots=True)
class PendingSurvey:
    """A questionnaire that a participant has not answered on that occasion."""

    survey: Survey
    occasion: str
    offered_on: date
    """The day from which they can answer it."""


@dataclass(frozen=True, slots=True)
class ScoredAnswers:
    """The answers of a person to one questionnaire."""

    scores: Mapping[str, float]
    """By `SUS`, `NPS` or id of a question."""
    texts: Mapping[str, str]
    """By id of a question; only those that were answered."""


def score_answers(survey: Survey, occasion: str, answers: Mapping[str, Any]) -> ScoredAnswers:
    """The scores and texts of a person's answers.

    `answers`: `SUS`: a list of ten integers, `NPS`: an integer, and by id of a question an integer
    or a text. Raises Refusal if one is invalid or of no question, one other than a text is missing,
    or the questionnaire has no such occasion.
    """
    if occasion not in survey.occasions:
        raise no_such_occasion(survey)
    questions_by_id = {each.id: each for each in survey.questions}
    expected = {*questions_by_id, *([SUS] if survey.sus else ()), *([NPS] if survey.nps else ())}
    if unknown := sorted(set(answers) - expected):
        raise Refusal("invalid", f"Le questionnaire ne demande pas : {', '.join(unknown)[:200]}.")
    scores: dict[str, float] = {}
    texts: dict[str, str] = {}
    if survey.sus:
        scores[SUS] = _sus(answers.get(SUS))
    if survey.nps:
        scores[NPS] = nps(_integer(NPS_QUESTION, answers.get(NPS), 0, 10))
    for question in survey.questions:
        answer = answers.get(question.id)
        if question.kind == "scale":
            scores[question.id] = _integer(question.text, answer, question.low, question.high)
        elif text := _text(question, answer):
            texts[question.id] = text
    return ScoredAnswers(scores, texts)


def no_such_occasion(survey: Survey) -> Refusal:
    """The refusal for an occasion that the questionnaire does not have."""
    known = ", ".join(survey.occasions)
    return Refusal(
        "invalid",
        f"Ce questionnaire n'a pas cette occasion. Il y a : {known}.",
        rule="survey_occasion_unknown",
    )


def not_offered_yet() -> Refusal:
    """The refusal of an answer before the questionnaire is offered to the person."""
    return Refusal(
        "conflict",
        "Ce questionnaire ne vous est pas encore proposé. La page « Mes participations » dit à"
        " partir de quand. Rien n'a été enregistré.",
        rule="survey_not_yet",
    )


def survey_in_use() -> Refusal:
    """The refusal of a change to a questionnaire that somebody has answered."""
    return Refusal(
        "conflict",
        "Des personnes ont déjà répondu à ce questionnaire : il ne change plus. Écrivez-en un"
        " autre.",
        rule="survey_in_use",
    )


def already_answered() -> Refusal:
    """The refusal of a second answer on the same occasion."""
    return Refusal(
        "conflict",
        "Vous avez déjà répondu à ce questionnaire : une réponse par personne suffit, "
        "la première compte.",
        rule="survey_answered",
    )


def _sus(answer: Any) -> float:
    if not isinstance(answer, list | tuple) or len(answer) != len(SUS_ITEMS):
        raise Refusal(
            "invalid", "Répondez aux dix affirmations, de 1 à 5.", rule="survey_statements"
        )
    return sus([_integer(item, each, 1, 5) for item, each in zip(SUS_ITEMS, answer, strict=True)])


def _integer(question: str, answer: Any, low: int, high: int) -> int:
    if isinstance(answer, bool) or not isinstance(answer, int) or not low <= answer <= high:
        raise Refusal(
            "invalid",
            f"« {question} » : répondez par un nombre de {low} à {high}.",
            rule="survey_number",
            question=question,
            low=low,
            high=high,
        )
    return answer


def _text(question: Question, answer: Any) -> str:
    if answer is None:
        return ""
    if not isinstance(answer, str) or len(answer) > LONGEST:
        raise Refusal(
            "invalid",
            f"« {question.text} » : {LONGEST} caractères au plus.",
            rule="survey_text",
            question=question.text,
            most=LONGEST,
        )
    # Characters that are not printable are removed: some reverse or hide the text after them.
    return "".join(each for each in answer if each.isprintable() or each == "\n").strip()
