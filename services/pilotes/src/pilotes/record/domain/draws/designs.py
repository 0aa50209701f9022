"""What is drawn in a trial: each person, or whole places whose people all get the same arm.

Places are declared in the protocol and drawn together, once: each arm gets its part of them. With
few places this keeps arms even, which a draw of one place after the other would not. In a stepped
wedge it is each date that gets its part (`schedules`).
"""

import hmac
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

FEWEST_PLACES: Final = 4
"""Places of each arm below which nothing is concluded, nor shown."""
ADVISED_PLACES: Final = 6
MOST_PLACES: Final = 500
MOST_STRATA: Final = 6

DesignType = Literal["individual", "permuted_blocks", "cluster", "stepped_wedge", "switchback"]
"""`individual`: each person is drawn. `permuted_blocks`: each person is too, in blocks that contain
each arm as often as its weight says, separately for each answer to a question if there is one
(`permuted_blocks`). `cluster`: each place is drawn, and people get its arm.
`stepped_wedge`: all places begin as control, and the date at which each switches to the arm is
drawn. `switchback`: of every two blocks of days a place is control in one and has the arm in the
other, in a drawn order."""
BY_PERSON: Final[tuple[DesignType, ...]] = ("individual", "permuted_blocks")
"""The types that draw each person."""


@dataclass(frozen=True, slots=True)
class Place:
    """A group of people who get the same arm: a practice, a household, a line."""

    code: str
    """Its identifier, for ever."""
    label: str
    """Its name for people, in French."""


@dataclass(frozen=True, slots=True)
class Stratum:
    """An answer to the question of a draw in blocks: people of one age, of one territory."""

    code: str
    """Its identifier, for ever."""
    label: str
    """The answer, for people, in French."""


@dataclass(frozen=True, slots=True)
class Design:
    """What is drawn. Without places, each person."""

    kind: DesignType = "individual"
    question: str = ""
    """What is asked of people who enrol, in French: « Quel est votre cabinet ? », « Quel âge
    avez-vous ? ». Nothing if there is one place, as the complete service of a switchback, or no
    strata."""
    places: tuple[Place, ...] = ()
    size_variation: float = 0.4
    """The standard deviation of the people of a place, divided by their mean, as expected."""
    switches: tuple[datetime, ...] = ()
    """Of a stepped wedge, the dates at which places switch, in order; they divide the trial into
    periods. Empty otherwise."""
    washout_hours: int = 0
    """Of a stepped wedge or a switchback, the hours after each date in which nobody's observation
    begins, in any place: what was received before can still have an effect."""
    block_days: int = 0
    """Of a switchback, the days of a block; 0 otherwise."""
    strata: tuple[Stratum, ...] = ()
    """Of permuted blocks, the answers to the question, in the order in which they are offered; each
    has blocks of its own. Empty: one sequence of blocks for everybody."""

    @property
    def by_place(self) -> bool:
        """Whether places are drawn, in place of people."""
        return self.kind not in BY_PERSON

    @property
    def in_blocks(self) -> bool:
        """Whether people are drawn in permuted blocks."""
        return self.kind == "permuted_blocks"

    @property
    def scheduled(self) -> bool:
        """Whether the arm of a place changes during the trial."""
        return self.kind in ("stepped_wedge", "switchback")

    @property
    def has_place_choice(self) -> bool:
        """Whether people state their place when they enrol: there are several."""
        return self.by_place and len(self.places) != 1

    def find_place(self, code: str | None) -> Place | None:
        """The place with that code; None if there is none."""
        return next((each for each in self.places if each.code == code), None)

    def label_of(self, code: str) -> str:
        """The name of a place for people; its code if it is unknown."""
        return next((each.label for each in self.places if each.code == code), code)


def places_by_arm(weights: Mapping[str, int], places: int) -> Mapping[str, int]:
    """How many of the places each arm gets: its weight's part, remainders to the greatest.

    `weights`: by arm, in the order of the protocol; the first arm comes first among equals. Empty
    without weights.
    """
    total = sum(weights.values())
    if total <= 0:
        return {}
    found = {arm: places * weight // total for arm, weight in weights.items()}
    left = places - sum(found.values())
    rest = sorted(weights, key=lambda arm: -(places * weights[arm] % total))
    return {arm: many + (arm in rest[:left]) for arm, many in found.items()}


def draw_places(
    salt: bytes, places: Sequence[Place], weights: Mapping[str, int]
) -> Mapping[str, str]:
    """By code of a place, its arm. Every division of the places that gives each arm its number is
    equally probable; the same salt, places and weights give the same one.

    `weights`: as in `places_by_arm`.
    """
    order = drawn_order(salt, places)
    numbers = places_by_arm(weights, len(order))
    arms = (arm for arm, many in numbers.items() for _ in range(many))
    return dict(zip(order, arms, strict=bool(numbers)))


def drawn_order(salt: bytes, places: Sequence[Place]) -> Sequence[str]:
    """The codes of the places in an order in which each is equally probable at each position. The
    same salt and codes give the same one."""
    return sorted(
        (each.code for each in places),
        key=lambda code: hmac.digest(salt, f"place:{code}".encode(), "sha256"),
    )


def mistakes_of_design(design: Design, weights: Mapping[str, int]) -> Iterator[str]:
    """The mistakes of a design, in French. `weights`: as in `places_by_arm`."""
    if not design.by_place:
        if design.places or (design.question and not design.in_blocks):
            yield "des lieux sont déclarés, mais le tirage est par personne (design.kind)"
        return
    yield from _of_places(design)
    if design.scheduled:
        return
    numbers = places_by_arm(weights, len(design.places))
    for arm, many in numbers.items():
        if many < FEWEST_PLACES:
            yield (
                f"le bras {arm} recevrait {many} lieux : il en faut au moins {FEWEST_PLACES} par"
                f" bras pour conclure, {ADVISED_PLACES} de préférence"
            )


def _of_places(design: Design) -> Iterator[str]:
    if len(design.places) != 1 and not design.question.strip():
        yield "il manque la question posée à l'inscription pour connaître le lieu (design.question)"
    for what, repeated in (
        ("le code", [each.code for each in design.places]),
        ("le nom", [" ".join(each.label.split()).casefold() for each in design.places]),
    ):
        for name, times in Counter(repeated).items():
            if times > 1:
                yield (
                    f"deux lieux portent {what} {name} : les personnes d'un même lieu seraient"
                    " partagées entre deux groupes"
                )
