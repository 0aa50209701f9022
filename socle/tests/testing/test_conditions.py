"""A condition that does not come true is described, not only numbered."""

import pytest

from socle.testing import until


async def test_what_does_not_come_true_is_named_with_what_it_reads() -> None:
    handled = ["a", "b"]
    with pytest.raises(AssertionError) as late:
        await until(lambda: len(handled) == 3, seconds=0)
    message = str(late.value)
    assert message.startswith("not within 0 s: await until(lambda: len(handled) == 3")
    assert message.endswith("(handled = ['a', 'b'])")


async def test_a_bound_method_or_a_coroutine_function_can_be_waited_for() -> None:
    async def never() -> bool:
        return False

    for condition, name in ((never, "async def never"), ([].__len__, "__len__")):
        with pytest.raises(AssertionError, match=name):
            await until(condition, seconds=0)
