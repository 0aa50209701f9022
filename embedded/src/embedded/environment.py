"""Where the platform runs: `REGIONLAB_ENV`, one of the words that its services know."""

from collections.abc import Mapping
from typing import Final

from embedded.processes import StartError

VARIABLE: Final = "REGIONLAB_ENV"
ENVIRONMENTS: Final = ("development", "test", "production")
"""The first one is the default."""


def environment_name(environ: Mapping[str, str]) -> str:
    """The word of `REGIONLAB_ENV`; any spelling of production is production.

    Raises `StartError` for a word that is unknown: it can mean production.
    """
    word = environ.get(VARIABLE, ENVIRONMENTS[0])
    if word.strip().lower() == "production":
        return "production"
    if word not in ENVIRONMENTS:
        *others, last = ENVIRONMENTS
        raise StartError(
            f"{VARIABLE} : une de ces valeurs est attendue : {', '.join(others)} ou {last}."
        )
    return word
