"""Names with a typo, for searches that forgive one."""

import string

from hypothesis import assume
from hypothesis import strategies as st

from mobilite.text_search.domain.search_words import search_words


@st.composite
def with_typo(draw: st.DrawFn, name: str) -> str:
    """The name with one letter of a word of five or more missing, added, replaced or exchanged."""
    long = [word for word in search_words(name) if len(word) >= 5]
    assume(long)
    word = draw(st.sampled_from(long))
    at = draw(st.integers(0, len(word) - 2))
    letter = draw(st.sampled_from(string.ascii_lowercase))
    wrong = draw(
        st.sampled_from(
            [
                word[:at] + word[at + 1 :],
                word[:at] + letter + word[at:],
                word[:at] + letter + word[at + 1 :],
                word[:at] + word[at + 1] + word[at] + word[at + 2 :],
            ]
        )
    )
    return " ".join(wrong if each is word else each for each in search_words(name))
