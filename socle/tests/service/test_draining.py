"""How the endless answers learn that the process stops, and roles that share one."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from socle.service import Draining, RunningRole, combine


class Numbers:
    """An endless source that says whether it was closed."""

    def __init__(self, last: int | None = None) -> None:
        self.closed = False
        self._last = last

    async def items(self) -> AsyncIterator[int]:
        try:
            number = 0
            while number != self._last:
                yield number
                number += 1
                if self._last is None and number == 2:
                    await asyncio.Event().wait()
        finally:
            self.closed = True


async def test_items_pass_until_their_own_end() -> None:
    numbers = Numbers(last=3)
    assert [n async for n in Draining().until_end(numbers.items())] == [0, 1, 2]
    assert numbers.closed


async def test_a_silent_source_ends_with_the_process() -> None:
    draining, numbers = Draining(), Numbers()
    seen = []
    async for number in draining.until_end(numbers.items()):
        seen.append(number)
        if number == 1:
            asyncio.get_running_loop().call_soon(draining.end_streams)
    assert (seen, numbers.closed) == ([0, 1], True)


async def test_a_stream_that_begins_after_the_end_is_empty() -> None:
    draining = Draining()
    draining.end_streams()
    assert [n async for n in draining.until_end(Numbers().items())] == []


async def test_a_source_that_never_pauses_ends_too() -> None:
    draining, numbers = Draining(), Numbers(last=-1)
    async for number in draining.until_end(numbers.items()):
        if number == 10:
            draining.end_streams()
        assert number <= 10
    assert numbers.closed


async def test_a_source_that_fails_fails_its_reader() -> None:
    async def failing() -> AsyncIterator[int]:
        yield 1
        raise ValueError("broken source")

    with pytest.raises(ValueError, match="broken source"):
        [n async for n in Draining().until_end(failing())]


async def test_a_reader_that_leaves_closes_the_source() -> None:
    numbers = Numbers()
    items = Draining().until_end(numbers.items())
    await anext(items)
    await items.aclose()
    assert numbers.closed


async def test_beginning_is_not_ending() -> None:
    draining, called = Draining(), []
    draining.on_end(lambda: called.append("end"))
    draining.begin()
    assert (draining.started, called) == (True, [])
    draining.end_streams()
    draining.end_streams()
    assert called == ["end"]
    await draining.ending()


def test_it_is_found_in_the_scope_of_a_request() -> None:
    draining = Draining()
    scope: dict[str, object] = {"state": {}}
    draining.put_in(scope)
    assert Draining.of(scope) is draining
    assert not Draining.of({}).started


async def _task() -> None: ...


async def _app(*_: object) -> None: ...


def test_roles_are_combined() -> None:
    together = combine(
        RunningRole(app=_app, tasks={"a": _task}, checks={"a": lambda: None}),
        RunningRole(tasks={"b": _task}, metrics=False),
    )
    assert together.app is _app
    assert (set(together.tasks), set(together.checks)) == ({"a", "b"}, {"a"})
    assert not together.metrics


def test_what_a_role_lets_in_stays_so_when_it_is_combined() -> None:
    together = combine(
        RunningRole(app=_app, audiences=frozenset({"a"})),
        RunningRole(audiences=frozenset({"b"}), internal_paths=("/internal/b/",)),
    )
    assert together.audiences == {"a", "b"}
    assert together.internal_paths == ("/internal/b/",)
    assert not together.authenticates_callers
    assert combine(RunningRole(), RunningRole(authenticates_callers=True)).authenticates_callers


def test_only_internal_paths_are_served_without_the_gateway() -> None:
    with pytest.raises(ValueError, match="not under /internal/"):
        RunningRole(internal_paths=("/mobilite/",))


@pytest.mark.parametrize(
    "pair",
    [
        (RunningRole(app=_app), RunningRole(app=_app)),
        (RunningRole(tasks={"a": _task}), RunningRole(tasks={"a": _task})),
        (RunningRole(checks={"a": lambda: None}), RunningRole(checks={"a": lambda: None})),
    ],
)
def test_roles_do_not_hide_each_other(pair: tuple[RunningRole, RunningRole]) -> None:
    with pytest.raises(ValueError, match="two roles of one process"):
        combine(*pair)
