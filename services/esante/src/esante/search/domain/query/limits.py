"""The limits of one search. Most of them are enforced with the refusal `too_costly`."""

from typing import Final

from socle.errors import Refusal

DEFAULT_COUNT: Final = 20
"""Resources on a page without `_count`."""
MAX_ON_PAGE: Final = 1000
"""Greatest effective `_count`."""
MAX_BYTES: Final = 32 * 1024 * 1024
"""Of the texts of the resources on a page, of those of its included resources, and of those that an
operation compares."""
MAX_PARAMETERS: Final = 100
MAX_VALUES: Final = 500
"""Values of one parameter, separated by commas."""
MAX_JOINS: Final = 8
"""Chains and `_has` in one search; each level counts."""
MAX_DEPTH: Final = 5
"""Levels of a chain or of `_has`."""
MAX_FILTER_DEPTH: Final = 10
"""Levels of parentheses in `_filter`."""
MAX_SORTS: Final = 4
MAX_INCLUDES: Final = 30
MAX_ARGUMENTS: Final = 4000
"""Arguments of one SQL statement; PostgreSQL allows 32,767."""
MAX_CODES: Final = 2000
"""Codes of a value set, or below or above a code."""
MAX_INCLUDED: Final = 1000
"""Included resources on one page."""
MAX_KEYS: Final = 20_000
"""Elements that one criterion looks up, or references that one inclusion follows."""
MAX_ROUNDS: Final = 20
"""Rounds of inclusions on one page, with `:iterate`."""
MAX_TEXT: Final = 64 * 1024
"""Bytes of a query string."""


def too_costly(sentence: str) -> Refusal:
    """The Refusal of a search that costs too much, `sentence` in French. https://hl7.org/fhir/R4/valueset-issue-type.html"""
    return Refusal("invalid", sentence, issue="too-costly")
