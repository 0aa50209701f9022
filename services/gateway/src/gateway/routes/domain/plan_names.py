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
    "push",
    "enrolment",
]
"""The quota class of a route. Each class of a plan is counted separately.

board    departures and real time           page    pages for people
search   words, places, journeys            asset   scripts and styles of pages
list     collections, page by page          docs    the contract and its documentation
bulk     files, merged feeds                auth      login, a person's own key
stream   endless responses                  register  creation of a key
record   a person's health record           desk      operators' own publications
pilot    trials: their record, people, figures  voice  opinions on a trial
push     subscriptions of browsers to notifications, reminders of trials included
enrolment  consents to a trial
"""

PlanName = Literal["public", "registered", "partner", "commercial", "house"]
"""`house`: the platform's own services."""
PLAN_NAMES: Final[tuple[PlanName, ...]] = get_args(PlanName)
