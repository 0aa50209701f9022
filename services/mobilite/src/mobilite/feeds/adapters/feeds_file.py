"""feeds.toml: the operators' feeds, the same file in the demo and in production.

Relative paths are those of the file's own folder, so that a folder of feeds can be moved.
"""

import tomllib
from collections import Counter
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
)

from mobilite.feeds.domain.feed import Feed
from mobilite.gtfs.domain.ids import FeedId
from socle.errors import Refusal
from socle.wording import mistakes_of

_RESERVED = frozenset({"hub", "commune", "address", "street"})
"""The beginnings of the ids of places that are no stops."""


def _printable(text: str) -> str:
    if not text.isprintable():
        raise ValueError("un caractère de contrôle s'y trouve")
    return text


Text = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1), AfterValidator(_printable)
]


class _FeedTable(BaseModel):
    """One `[[feed]]`. Unknown keys are refused: they would be silently without effect."""

    model_config = ConfigDict(extra="forbid")

    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$")]
    name: Text
    gtfs: Text
    gtfs_rt: tuple[Text, ...] = ()
    gbfs: Text | None = None
    licence: Text | None = None
    attribution: Text | None = None
    estimate: bool = False


class _FeedsFile(BaseModel):
    model_config = ConfigDict(extra="forbid")

    feed: tuple[_FeedTable, ...] = ()


def read_feeds(path: Path) -> tuple[Feed, ...]:
    """The feeds declared in `path`, in the order of the file.

    Raises Refusal("invalid"), which lists all mistakes of the entries, or Refusal("unavailable")
    if the file cannot be read.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise Refusal("unavailable", f"{path} ne peut pas être lu : {error}.") from error
    try:
        declared = _FeedsFile.model_validate(tomllib.loads(text)).feed
    except tomllib.TOMLDecodeError as error:
        raise Refusal("invalid", f"{path} n'est pas du TOML : {error}.") from error
    except ValidationError as error:
        raise Refusal("invalid", f"{path} : {mistakes_of(error)}.") from error
    taken = [feed.id for feed in declared if feed.id in _RESERVED]
    if taken:
        raise Refusal("invalid", f"{path} : identifiant de flux réservé : {', '.join(taken)}.")
    twice = [feed_id for feed_id, n in Counter(feed.id for feed in declared).items() if n > 1]
    if twice:
        raise Refusal(
            "invalid", f"{path} : identifiant de flux déclaré plusieurs fois : {', '.join(twice)}."
        )
    return tuple(_feed(table, path.resolve().parent) for table in declared)


def is_http(address: str) -> bool:
    """Whether the address is fetched over HTTP rather than read as a file."""
    return urlsplit(address).scheme.lower() in ("http", "https")


def _feed(table: _FeedTable, folder: Path) -> Feed:
    def located(address: str) -> str:
        """A URL, or the absolute path of a file."""
        if is_http(address):
            return address
        return str(folder / Path(address.removeprefix("file://")).expanduser())

    return Feed(
        id=FeedId(table.id),
        name=table.name,
        gtfs=located(table.gtfs),
        gtfs_rt=tuple(located(address) for address in table.gtfs_rt),
        gbfs=located(table.gbfs) if table.gbfs else None,
        licence=table.licence,
        attribution=table.attribution,
        estimate=table.estimate,
    )
