"""Names that files write in capitals, as people read them."""

from collections.abc import Mapping

from mobilite.text_search.domain.link_words import LINK_WORDS


def without_capitals(name: str, expansions: Mapping[str, str] | None = None) -> str:
    """A name all in capitals with one at the beginning of each word, but for small words inside
    it: "BLOIS LA CHAUSSEE" as "Blois la Chaussee"; other names as they are. `expansions`: what
    stands for a word in capitals."""
    if not name.isupper():
        return name
    words = [(expansions or {}).get(word, word.lower()) for word in name.split()]
    return " ".join(
        word if at and word in LINK_WORDS else word.capitalize() for at, word in enumerate(words)
    )
