"""The readings of one notice: the plain text, easy French (FALC), English. They are one version.

The checks of easy French are those rules of Unapei's guide that a program can judge; people with
an intellectual disability judge the others.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal

ReadingType = Literal["plain", "easy", "english"]
"""Which text a person reads."""

MAX_EASY_WORDS: Final = 15
"""Words of a sentence in easy French, at most."""
_SENTENCES: Final = re.compile(r"[.!?:\n]+")
_ACRONYM: Final = re.compile(r"\b[A-Z]{2,}\b")


@dataclass(frozen=True, slots=True)
class Reading:
    """What people need to decide, in other words than the plain text. The details of their rights
    are read in the plain text."""

    title: str
    summary: str
    """What is tried."""
    asked: str
    benefits: str
    risks: str
    arms: tuple[str, ...]
    """As many as the plain text has, in its order."""
    data: tuple[str, ...]
    """As many as the plain text has, in its order."""

    @property
    def texts(self) -> Mapping[str, str]:
        """By French name, each text."""
        named = {
            "le titre": self.title,
            "ce qui est essayé": self.summary,
            "ce qui est demandé": self.asked,
            "ce que l'on y gagne": self.benefits,
            "ce que l'on risque": self.risks,
        }
        named |= {f"qui reçoit quoi ({at})": each for at, each in enumerate(self.arms, 1)}
        return named | {f"les données ({at})": each for at, each in enumerate(self.data, 1)}

    def content(self) -> dict[str, Any]:
        """The complete content, JSON-ready."""
        return {**asdict(self), "arms": list(self.arms), "data": list(self.data)}


def parse_reading(content: Mapping[str, Any]) -> Reading:
    """The reading with that content."""
    values = {**content, "arms": tuple(content["arms"]), "data": tuple(content["data"])}
    return Reading(**values)


def reading_gaps(reading: Reading | None, name: str, *, arms: int, data: int) -> Iterator[str]:
    """What a reading lacks, in French. `name`: of the reading. `arms`, `data`: how many the plain
    text has."""
    if reading is None:
        yield name
        return
    for part, text in reading.texts.items():
        if not text.strip():
            yield f"{part}, dans {name}"
    if len(reading.arms) != arms:
        yield f"qui reçoit quoi, dans {name} ({arms} textes)"
    if len(reading.data) != data:
        yield f"les données, dans {name} ({data} textes)"


def easy_mistakes(reading: Reading) -> Sequence[str]:
    """The rules of easy French that a reading breaks, in French."""
    return [
        f"« {mistake} » ({part})"
        for part, text in reading.texts.items()
        for mistake in _mistakes(text)
    ]


def _mistakes(text: str) -> Iterator[str]:
    for sentence in _SENTENCES.split(text):
        words = sentence.split()
        if len(words) > MAX_EASY_WORDS:
            yield " ".join(words[:6]) + f"… : {len(words)} mots, {MAX_EASY_WORDS} au plus"
    for found in _ACRONYM.findall(text):
        yield f"{found} : écrivez le mot entier"
    if "%" in text:
        yield "% : écrivez par exemple « 1 personne sur 4 »"
