"""The JSON of what is wrong with an address."""

from typing_extensions import TypedDict

from mobilite.http.api.times import Instant


class ErrorJson(TypedDict):
    """Why nothing was taken from the last attempt."""

    code: str
    message: str
    since: Instant


class NoteJson(TypedDict):
    """A doubt about the last accepted message."""

    code: str
    message: str
    count: int
