"""How much one search may ask. Past these it is refused: `too_costly` names what to ask less of."""

from typing import Final

from socle.errors import Refusal

PAGE: Final = 20
"""Resources on a page when nobody says how many."""
MOST_ON_PAGE: Final = 1000
MOST_PARAMETERS: Final = 100
MOST_VALUES: Final = 500
"""Alternatives of one parameter, between commas."""
MOST_JOINS: Final = 8
"""Chains and `_has` of one search, each level counted, for one type."""
MOST_DEPTH: Final = 5
"""Levels of a chain or of `_has`."""
MOST_SORTS: Final = 4
MOST_INCLUDES: Final = 30
MOST_ARGUMENTS: Final = 4000
"""Values compared by one statement; PostgreSQL takes 32,767."""
MOST_INCLUDED: Final = 1000
"""Resources included beside the matches of a page."""
MOST_KEYS: Final = 20_000
"""Elements that one condition looks up, or references that one inclusion follows."""
MOST_ROUNDS: Final = 20
"""Times that `:iterate` goes on from what was included."""
MOST_TEXT: Final = 64 * 1024
"""Bytes of a query string."""


def too_costly(sentence: str) -> Refusal:
    """A search that would cost too much. https://hl7.org/fhir/R4/valueset-issue-type.html"""
    return Refusal("invalid", sentence, issue="too-costly")
