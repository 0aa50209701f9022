"""The names of plans, and the classes of routes that a plan counts separately."""

from typing import Final, Literal, get_args

PlanClass = Literal[
    "board",
    "search",
    "list",
    "bulk",
    "stream",
    "page",
    "asset",
    "docs",
    "auth",
    "register",
    "desk",
    "record",
    "pilot",
    "voice",
]
"""The quota class of a route. Each class of a plan is counted separately.

board    what a traveller looks at now      page    what people read in a browser
search   words, places, journeys            asset   what pages are made of
list     whole collections, by page         docs    the contract and its documentation
bulk     whole files, merged feeds          auth      signing in, one's own key
stream   answers that never end             register  taking a new key
record   a person's health record           desk      operators' own publications
pilot    trials: their record, people, figures  voice  saying what one thinks of a trial
"""


PlanName = Literal["public", "registered", "partner", "commercial", "house"]


PLAN_NAMES: Final[tuple[PlanName, ...]] = get_args(PlanName)
