"""The errors that all services share.

    Refusal   the request, record or input can never succeed: respond with it, or dead-letter it
    Retry     a dependency is unreachable for now: the same request can succeed later
    (others)  an internal error: the process stops with nothing acknowledged

Only the edge translates a category (`socle.http` to a status and problem+json).
"""

from typing import Any, Literal, get_args

Category = Literal[
    "invalid",
    "unauthenticated",
    "forbidden",
    "not_found",
    "conflict",
    "gone",
    "too_large",
    "too_many",
    "unsupported",
    "unavailable",
]
CATEGORIES: tuple[Category, ...] = get_args(Category)


class Refusal(Exception):
    """A refusal that a person can act on.

    `category`: what is wrong. `message`: a French sentence for people.
    `details`: JSON-ready values by name, for programs.
    """

    def __init__(self, category: Category, message: str, /, **details: Any) -> None:
        super().__init__(message)
        self.category: Category = category
        self.message = message
        self.details = details


class Retry(Exception):
    """A dependency is unreachable for now.

    `message`: a French sentence. `after`: seconds to wait; None: the caller decides.
    """

    def __init__(self, message: str, /, *, after: float | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.after = after
