"""The API keys of the desk: a TOML file with their SHA-256 digests, reloaded when it changes.

    [[key]]
    name = "Exploitation Rémi"
    feeds = ["remi"]
    sha256 = "…"                  # of the key, which `regionlab desk-key` prints once

`feeds = ["*"]` allows every declared feed.
"""

import hashlib
import hmac
import logging
import tomllib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from mobilite.desk.ports import DeskKey
from mobilite.gtfs.domain.ids import FeedId
from socle.errors import Refusal
from socle.wording import mistakes_of

log = logging.getLogger(__name__)
_EVERY = FeedId("*")
"""In `feeds`: every declared feed."""


class _KeyTable(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=100)]
    feeds: Annotated[tuple[FeedId, ...], Field(min_length=1)]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class _KeysFile(BaseModel):
    model_config = ConfigDict(extra="forbid")

    key: tuple[_KeyTable, ...] = ()


class DeskKeys:
    """The keys of one file. While the file is not valid, no key is accepted."""

    def __init__(self, path: Path, declared: Callable[[], Iterable[FeedId]]) -> None:
        """`declared`: gives the feeds that "*" stands for. Raises Refusal if the file cannot be
        read or is not valid."""
        self._declared = declared
        self._path = path
        self._version, self._keys = _version(path), _read(path)
        self._problem: str | None = None

    def find(self, presented: str) -> DeskKey | None:
        """The owner of a key; None if the key is unknown. Reloads the file if it has changed."""
        self._reload()
        digest = hashlib.sha256(presented.encode("utf-8", "surrogatepass")).hexdigest()
        found = None
        for key in self._keys:  # compare all of them, against timing attacks
            if hmac.compare_digest(key.sha256, digest):
                feeds = self._declared() if _EVERY in key.feeds else key.feeds
                found = DeskKey(key.name, frozenset(feeds))
        return found

    def why_not(self) -> str | None:
        """The current error of the file, in French; None if there is none."""
        return self._problem

    def _reload(self) -> None:
        try:
            version = _version(self._path)
            if version != self._version:
                self._version, self._keys, self._problem = version, _read(self._path), None
        except Refusal as refusal:
            log.error("desk keys not valid, no key is accepted: %s", refusal.message)
            self._version, self._keys, self._problem = None, (), refusal.message


def _version(path: Path) -> tuple[int, int, int] | None:
    """Differs when the file has changed. Raises Refusal if it cannot be read."""
    try:
        found = path.stat()
    except OSError as error:
        raise Refusal("unavailable", f"{path} ne peut pas être lu : {error.strerror}.") from error
    return found.st_mtime_ns, found.st_size, found.st_ino


def _read(path: Path) -> tuple[_KeyTable, ...]:
    """The keys in the file. Raises Refusal if it cannot be read or is not valid."""
    try:
        return _KeysFile.model_validate(tomllib.loads(path.read_text("utf-8"))).key
    except OSError as error:
        raise Refusal("unavailable", f"{path} ne peut pas être lu : {error.strerror}.") from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise Refusal("invalid", f"{path} n'est pas du TOML : {error}.") from error
    except ValidationError as error:
        # Without its cause, whose text has the values: they may be secrets.
        raise Refusal("invalid", f"{path} : {mistakes_of(error)}.") from None
