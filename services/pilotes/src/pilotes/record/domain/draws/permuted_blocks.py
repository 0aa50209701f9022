"""Permuted blocks: the arm of each person who enrols, so that arms stay even in every stratum.

A stratum is an answer to the question of the design; without a question there is one. The people of
a stratum are drawn in the order of their consents. A block contains each arm as often as its weight
says, in an order that follows from the salt, as does which of two lengths it has. With the salt
every arm can be computed again. Without it, who knows all the arms drawn before in a stratum can
tell the next one at times: after three of one arm from the start, no block of six has a fourth.
"""

import hmac
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from pilotes.record.domain.draws.designs import MOST_STRATA, Design
from pilotes.record.domain.pilot import Processing
from pilotes.record.domain.protocol import Protocol

MOST_IN_RATIO: Final = 20
"""The most people of the smallest block: 19 and 1."""
_ERROR: Final = 0.01
"""The greatest difference, in people, between the smallest block and the weights: thirds are 3,333
and 3,334 per 10,000."""
_SMALL_RATIO: Final = 4
_REGULAR, _LONGER = (1, 2), (2, 3)


@dataclass(frozen=True, slots=True)
class BlockDraw:
    """The draw of one person: their arm follows from their position in their stratum."""

    stratum: str
    """The code of their answer; empty without a question."""
    weights: Mapping[str, int]
    """By arm, in the order of the protocol."""
    salt: bytes = field(repr=False)

    def arm_at(self, position: int) -> str:
        """The arm of the person at that position in the stratum, from 0. Raises ValueError if the
        weights give no block."""
        ratio = block_ratio(self.weights)
        if not ratio:
            raise ValueError("no block has these weights")
        number, begin = 0, 0
        while position >= (end := begin + self._people(ratio, number)):
            number, begin = number + 1, end
        return self._block(ratio, number)[position - begin]

    def _people(self, ratio: Mapping[str, int], number: int) -> int:
        """Of that block of the stratum, from 0: one of both lengths, equally probable."""
        return sum(ratio.values()) * _multiples(ratio)[self._key(number)[0] % 2]

    def _block(self, ratio: Mapping[str, int], number: int) -> Sequence[str]:
        """The arms of that block, each order of them equally probable."""
        key, times = self._key(number), self._people(ratio, number) // sum(ratio.values())
        arms = [arm for arm, many in ratio.items() for _ in range(many * times)]
        keys = [hmac.digest(key, str(at).encode(), "sha256") for at in range(len(arms))]
        return [arm for _, arm in sorted(zip(keys, arms, strict=True))]

    def _key(self, number: int) -> bytes:
        return hmac.digest(self.salt, f"stratum:{self.stratum}:{number}".encode(), "sha256")


def block_ratio(weights: Mapping[str, int]) -> Mapping[str, int]:
    """By arm, its people in the smallest block that gives each arm its weight's part; empty if no
    block of `MOST_IN_RATIO` people does."""
    total = sum(weights.values())
    for people in range(len(weights), MOST_IN_RATIO + 1) if total > 0 else ():
        parts = {arm: people * weight / total for arm, weight in weights.items()}
        found = {arm: round(part) for arm, part in parts.items()}
        fits = all(abs(found[arm] - part) <= _ERROR for arm, part in parts.items())
        if fits and all(found.values()) and sum(found.values()) == people:
            return found
    return {}


def longest_block(weights: Mapping[str, int]) -> int:
    """The people of the longest block; 0 if the weights give none."""
    ratio = block_ratio(weights)
    return max(_multiples(ratio)) * sum(ratio.values()) if ratio else 0


def mistakes_of_blocks(protocol: Protocol) -> Iterator[str]:
    """Every mistake of a draw by blocks, in French."""
    design = protocol.design
    if not design.in_blocks:
        if design.strata:
            yield (
                "des réponses (strata) sont déclarées, mais le tirage n'est pas par blocs"
                " (design.kind)"
            )
        return
    yield from _of_question(design)
    longest = longest_block(protocol.weights)
    if not longest:
        yield (
            "ces poids ne font pas de blocs : chaque bras reçoit une part simple des personnes,"
            f" comme 1 sur 2, 1 sur 3 ou 1 sur {MOST_IN_RATIO}"
        )
        return
    groups = max(1, len(design.strata))
    planned = protocol.planned_total / groups
    if planned < longest:
        by_answer = f" par réponse, pour {groups} réponses" if design.strata else ""
        yield (
            f"{planned:.0f} personnes sont prévues{by_answer} : il en faut au moins {longest}, la"
            " longueur d'un bloc, pour que les groupes soient de la taille prévue"
        )


def mistake_of_register(protocol: Protocol, processing: Processing) -> str | None:
    """What the register lacks about the answer that is collected, in French; None if nothing. The
    notice and the receipt repeat the register."""
    question = _words(protocol.design.question) if protocol.design.strata else ""
    if any(question in _words(each) for each in processing.data) or not question:
        return None
    return (
        "La fiche de traitement ne dit pas qu'une réponse est demandée à l'inscription. Ajoutez aux"
        f" données : « la réponse à “{protocol.design.question}”, pour tirer au sort des groupes"
        " qui se ressemblent ; elle est effacée dès le tirage »."
    )


def _multiples(ratio: Mapping[str, int]) -> tuple[int, int]:
    """Both lengths of a block, in smallest blocks. The shortest has four people or more: the second
    of two would follow from the first."""
    return _LONGER if sum(ratio.values()) <= _SMALL_RATIO else _REGULAR


def _of_question(design: Design) -> Iterator[str]:
    if bool(design.question.strip()) != bool(design.strata):
        yield (
            "un tirage par blocs a une question (design.question) et ses réponses (strata), ou ni"
            " l'une ni les autres"
        )
    if design.strata and not 2 <= len(design.strata) <= MOST_STRATA:
        yield f"réponses (strata) : {len(design.strata)}, il en faut de 2 à {MOST_STRATA}"
    for what, names in (
        ("le code", [each.code for each in design.strata]),
        ("le texte", [_words(each.label) for each in design.strata]),
    ):
        for name, times in Counter(names).items():
            if times > 1:
                yield f"deux réponses (strata) ont {what} {name}"


def _words(text: str) -> str:
    """A text without what people write in different ways: case, spaces, apostrophes."""
    return " ".join(text.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'").split()).casefold()
