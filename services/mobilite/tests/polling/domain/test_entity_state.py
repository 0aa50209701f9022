"""The state of a feed's entities: statements by address, selection, changes to publish."""

from hypothesis import given
from hypothesis import strategies as st

from mobilite.polling.domain.entity_state import EntityChange, EntityState, SourceStatement

KEYS = st.sampled_from(["a", "b", "c"])
WORDS = st.dictionaries(KEYS, st.tuples(st.integers(0, 3), st.sampled_from("xyz")))
STEPS = st.lists(
    st.one_of(
        st.tuples(st.integers(0, 2), WORDS),
        st.tuples(st.integers(0, 2), st.booleans()),
        st.tuples(st.integers(0, 2), st.none()),
    )
)


NOTHING: EntityState[str, str] = EntityState()


def publish(source: int, **words: tuple[int, str]) -> dict[str, SourceStatement[str]]:
    return {key: SourceStatement(source, at, content) for key, (at, content) in words.items()}


def test_only_what_changed_is_reported_and_what_is_gone_vanishes() -> None:
    first = NOTHING.with_source(0, publish(0, a=(1, "x"), b=(1, "x"), c=(1, "x")))
    second = first.with_source(0, publish(0, a=(1, "x"), b=(2, "y")))
    assert second.changes(first) == [
        EntityChange("b", SourceStatement(0, 1, "x"), SourceStatement(0, 2, "y")),
        EntityChange("c", SourceStatement(0, 1, "x"), None),
    ]


def test_the_latest_word_is_believed_then_the_address_declared_first() -> None:
    both = NOTHING.with_source(
        0, publish(0, a=(5, "zero"), b=(5, "zero"), c=(0, "zero"))
    ).with_source(1, publish(1, a=(6, "one"), b=(5, "one"), c=(0, "one")))
    assert {key: word.content for key, word in both.selected.items()} == {
        "a": "one",
        "b": "zero",
        "c": "zero",
    }
    assert both.selected_from(0) == ["b", "c"]
    assert both.selected_from(1) == ["a"]


def test_a_run_that_one_address_drops_is_still_reported_by_the_other() -> None:
    both = NOTHING.with_source(0, publish(0, a=(5, "zero"))).with_source(
        1, publish(1, a=(1, "one"), b=(1, "one"))
    )
    dropped = both.with_source(0, {})
    assert dropped.changes(both) == [
        EntityChange("a", SourceStatement(0, 5, "zero"), SourceStatement(1, 1, "one"))
    ]


def test_an_address_gone_silent_is_believed_last_but_not_forgotten() -> None:
    both = NOTHING.with_source(0, publish(0, a=(5, "zero"), b=(5, "zero"))).with_source(
        1, publish(1, a=(5, "one"))
    )
    silent = both.with_silence(0, silent=True)
    assert {key: word.source for key, word in silent.selected.items()} == {"a": 1, "b": 0}
    assert silent.with_silence(0, silent=False).selected == both.selected


def test_who_decides_goes_before_who_measures_later_even_when_silent() -> None:
    both = NOTHING.with_source(0, publish(0, a=(9, "measured"), b=(9, "measured"))).with_source(
        1, publish(1, a=(1, "decided"))
    )
    deciding = both.with_authority(frozenset({1})).with_silence(1, silent=True)
    assert {key: word.content for key, word in deciding.selected.items()} == {
        "a": "decided",
        "b": "measured",
    }
    assert deciding.with_authority(frozenset()).selected == both.selected


@given(STEPS)
def test_followers_who_apply_the_changes_know_the_round(
    steps: list[tuple[int, dict[str, tuple[int, str]] | bool | None]],
) -> None:
    state, known = NOTHING, dict[str, tuple[int, str]]()
    for source, step in steps:
        if step is None:
            after = state.without_source(source)
        elif isinstance(step, bool):
            after = state.with_silence(source, silent=step)
        else:
            after = state.with_source(source, publish(source, **step))
        for change in after.changes(state):
            if change.after is None:
                del known[change.key]
            else:
                known[change.key] = (change.after.source, change.after.content)
        state = after
        assert known == {k: (word.source, word.content) for k, word in state.selected.items()}
        everything = {key for words in state.by_source.values() for key in words}
        assert known.keys() == everything
