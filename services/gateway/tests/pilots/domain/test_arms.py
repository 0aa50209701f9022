"""Arms drawn by a hash: as the weights say, the same for ever, moved as little as can be."""

from collections import Counter
from itertools import accumulate, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.pilots.domain.arms import TOTAL_WEIGHT, Arm, arm_at, draw_number, pseudonym_of

SALTS = st.binary(min_size=32, max_size=32)
SUBJECTS = st.text(min_size=1, max_size=60).filter(lambda text: text.isprintable())


@st.composite
def arms(draw: st.DrawFn, names: tuple[str, ...] = ("a", "b", "c", "d")) -> tuple[Arm, ...]:
    """Weights that sum to the whole, zero allowed."""
    count = draw(st.integers(2, len(names)))
    cuts = sorted(
        draw(st.lists(st.integers(0, TOTAL_WEIGHT), min_size=count - 1, max_size=count - 1))
    )
    weights = [high - low for low, high in pairwise([0, *cuts, TOTAL_WEIGHT])]
    return tuple(Arm(name, weight) for name, weight in zip(names, weights, strict=False))


@given(arms())
def test_each_arm_has_as_many_numbers_as_its_weight(some: tuple[Arm, ...]) -> None:
    tally = Counter(arm_at(some, number) for number in range(TOTAL_WEIGHT))
    assert {arm.name: tally[arm.name] for arm in some} == {arm.name: arm.weight for arm in some}


@given(SALTS, SUBJECTS)
def test_a_person_has_one_number(salt: bytes, subject: str) -> None:
    number = draw_number(salt, subject)
    assert 0 <= number < TOTAL_WEIGHT
    assert number == draw_number(bytes(salt), str(subject))


def test_the_number_is_the_one_of_the_contract() -> None:
    """Computed once with `openssl dgst -mac HMAC`, of `alice` and `arm:alice`, key 00 01 … 1f."""
    assert pseudonym_of(bytes(range(32)), "alice").hex() == (
        "6eefad2bed97b6d93ee663d67a44b46016b3d79dcad54ada39b61a1d14874d1b"
    )
    assert draw_number(bytes(range(32)), "alice") == 8966


@settings(max_examples=20, deadline=None)
@given(SALTS)
def test_people_are_spread_evenly(salt: bytes) -> None:
    """Chi-square over ten equal parts of the numbers; 9 degrees of freedom pass 45 once in 10⁶."""
    people = 5_000
    tally = Counter(draw_number(salt, f"person-{n}") // 1_000 for n in range(people))
    expected = people / 10
    assert sum((tally[part] - expected) ** 2 / expected for part in range(10)) < 45


@settings(max_examples=20, deadline=None)
@given(SALTS, SALTS)
def test_two_trials_draw_independently(one: bytes, other: bytes) -> None:
    """Chi-square of the two-by-two table of halves; 1 degree of freedom passes 24 once in 10⁶."""
    if one == other:
        return
    people = 4_000
    table = Counter(
        (
            draw_number(one, f"p{n}") < TOTAL_WEIGHT // 2,
            draw_number(other, f"p{n}") < TOTAL_WEIGHT // 2,
        )
        for n in range(people)
    )
    row, column = table[True, True] + table[True, False], table[True, True] + table[False, True]
    chance = row * column / people
    cells = row * (people - row) * column * (people - column) / people**3
    assert (table[True, True] - chance) ** 2 / cells < 24


@given(arms(("a", "b")), arms(("a", "b")))
def test_of_two_arms_only_the_smaller_one_loses_people(
    before: tuple[Arm, ...], after: tuple[Arm, ...]
) -> None:
    moved = [
        (arm_at(before, number), arm_at(after, number))
        for number in range(TOTAL_WEIGHT)
        if arm_at(before, number) != arm_at(after, number)
    ]
    assert len(moved) == abs(after[0].weight - before[0].weight)
    assert len(set(moved)) <= 1


@given(arms(("a", "b", "c")), st.data())
def test_where_bounds_rise_people_move_to_earlier_arms_only(
    before: tuple[Arm, ...], data: st.DataObject
) -> None:
    """And no more of them than lie between a former bound and its new place."""
    bounds = [*accumulate(arm.weight for arm in before)]
    raised: list[int] = []
    for bound in bounds[:-1]:
        least = max([bound, *raised])
        raised.append(data.draw(st.integers(least, TOTAL_WEIGHT)))
    cuts = [0, *raised, TOTAL_WEIGHT]
    weights = [high - low for low, high in pairwise(cuts)]
    after = tuple(Arm(arm.name, w) for arm, w in zip(before, weights, strict=True))
    order = [arm.name for arm in before]
    crossed = set[int]()
    for bound, new in zip(bounds, raised, strict=False):
        crossed.update(range(bound, new))
    for number in range(TOTAL_WEIGHT):
        was, now = arm_at(before, number), arm_at(after, number)
        assert order.index(now) <= order.index(was)
        assert (now != was) <= (number in crossed)


def test_weights_that_stop_short_are_no_arm() -> None:
    with pytest.raises(ValueError, match="sum to 5000"):
        arm_at((Arm("a", 5_000),), 5_000)
