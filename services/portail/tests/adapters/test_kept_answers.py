"""Answers kept: one question for many, an old answer in place of an error, never for long."""

import asyncio

import pytest

from portail.adapters.kept_answers import AT_MOST, IN_PLACE_OF_AN_ERROR, Fresh, KeptAnswers, Told
from socle.clock import ManualClock
from socle.errors import Refusal


class Api:
    """Answers the number of the question, after whoever waits has had a turn."""

    def __init__(self) -> None:
        self.asked = 0
        self.refusal: Refusal | None = None

    async def __call__(self) -> Fresh[int]:
        self.asked += 1
        await asyncio.sleep(0.01)
        if self.refusal is not None:
            raise self.refusal
        return Fresh(self.asked, 5.0)


async def test_many_who_ask_at_once_ask_once_even_if_the_first_leaves(
    manual_clock: ManualClock,
) -> None:
    api, answers = Api(), KeptAnswers(manual_clock)
    asking = [asyncio.create_task(answers.get("/a", api)) for _ in range(10)]
    await asyncio.sleep(0)
    asking[0].cancel()
    assert [await each for each in asking[1:]] == [Told(1)] * 9
    assert await answers.get("/a", api) == Told(1)
    manual_clock.advance(5)
    assert await answers.get("/a", api) == Told(2)


async def test_an_old_answer_stands_in_for_an_error_for_two_minutes(
    manual_clock: ManualClock,
) -> None:
    api, answers = Api(), KeptAnswers(manual_clock)
    await answers.get("/a", api)
    api.refusal = Refusal("unavailable", "…")
    manual_clock.advance(60)
    assert await answers.get("/a", api) == Told(1, late=True)
    manual_clock.advance(IN_PLACE_OF_AN_ERROR)
    with pytest.raises(Refusal):
        await answers.get("/a", api)


async def test_a_refusal_with_a_reason_is_told_at_once(manual_clock: ManualClock) -> None:
    api, answers = Api(), KeptAnswers(manual_clock)
    await answers.get("/a", api)
    api.refusal = Refusal("not_found", "…")
    manual_clock.advance(60)
    with pytest.raises(Refusal):
        await answers.get("/a", api)


async def test_what_is_kept_is_bounded(manual_clock: ManualClock) -> None:
    answers = KeptAnswers(manual_clock)

    async def answer() -> Fresh[int]:
        return Fresh(1, 5.0)

    for number in range(AT_MOST + 50):
        await answers.get(f"/{number}", answer)
    assert len(answers._kept) == AT_MOST
