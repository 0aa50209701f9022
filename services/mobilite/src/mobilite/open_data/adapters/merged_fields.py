"""Writes fields of protobuf messages, with global ids."""

from collections.abc import Iterable
from typing import Any, overload

from google.transit import gtfs_realtime_pb2 as gtfs_rt

from mobilite.events import Translation
from mobilite.gtfs.domain.ids import FeedId, GlobalId, global_id


@overload
def id_of(feed: FeedId, text: str) -> GlobalId: ...
@overload
def id_of(feed: FeedId, text: str | None) -> GlobalId | None: ...
def id_of(feed: FeedId, text: str | None) -> GlobalId | None:
    """The global id of a local one; None for none."""
    return None if text is None else global_id(feed, text)


def set_fields(message: Any, **values: Any) -> None:
    """Set the fields whose value is not None."""
    for name, value in values.items():
        if value is not None:
            setattr(message, name, value)


def write_texts(message: gtfs_rt.TranslatedString, texts: Iterable[Translation]) -> None:
    """Add the translations of a text."""
    for text in texts:
        set_fields(message.translation.add(), text=text.text, language=text.language)
