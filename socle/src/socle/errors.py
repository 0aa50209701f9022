"""What can go wrong, in words the whole house shares.

    Refusal   the request, record or input is wrong and will stay so: answer it, or dead-letter it
    Retry     the outside is not there for now: the same thing may work later
    (others)  a mistake of ours: the process stops with nothing acknowledged

The edge alone translates a category (`socle.http` to a status and problem+json).
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
    """A refusal a person can act on: a category, a sentence, and the facts behind it.

    `message` is French and shown to people; `details` are JSON-ready values shown beside it.
    """

    def __init__(self, category: Category, message: str, /, **details: Any) -> None:
        super().__init__(message)
        self.category: Category = category
        self.message = message
        self.details = details


class Retry(Exception):
    """The outside is away for now. `after` is a wish in seconds; None leaves it to the caller."""

    def __init__(self, message: str, /, *, after: float | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.after = after
