"""The JSON of faults and notes of an address. Docstrings are part of the OpenAPI document."""

from typing_extensions import TypedDict

from mobilite.http.api.times import InstantJson


class ErrorJson(TypedDict):
    """Why nothing was taken from the last attempt."""

    code: str
    message: str
    since: InstantJson


class NoteJson(TypedDict):
    """A doubt about the last accepted message."""

    code: str
    message: str
    count: int
