"""Opens a GTFS feed on disk, a zip or a folder, without trusting it.

Nothing is extracted: entries are read as counted streams, so neither a zip bomb nor a name such
as `../../etc/passwd` has any effect. The files can be in a sub-folder.
"""

import io
import lzma
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from typing import IO

from mobilite.gtfs.domain.published_files import LOCATIONS
from socle.errors import Refusal


@dataclass(frozen=True, slots=True)
class ArchiveLimits:
    """Limits of a feed."""

    entries: int = 2_000
    """Files in a zip; with more it is refused. Of a folder, only as many .txt files are read."""
    file_bytes: int = 2 << 30
    """Uncompressed bytes of one table."""
    total_bytes: int = 4 << 30
    """Uncompressed bytes of all tables that are read."""


@dataclass(frozen=True, slots=True)
class FeedFiles:
    """The tables of a feed, and its locations.geojson."""

    openers: dict[str, Callable[[], IO[bytes]]]
    """By name (`stops` for stops.txt, LOCATIONS); each opens the file as a counted stream."""
    sizes: dict[str, int]
    """The uncompressed bytes that the archive declares, by name."""
    others: tuple[str, ...]
    """The other files of the archive, by path."""

    def open(self, table: str) -> IO[bytes]:
        """The bytes of one table. Opening and reading raise Refusal if the table is damaged or
        exceeds the limits."""
        return self.openers[table]()


@contextmanager
def open_feed(path: Path, limits: ArchiveLimits) -> Iterator[FeedFiles]:
    """Open a zip or a folder. Raises Refusal with a stable `code` and a French sentence if it is
    not a readable feed within the limits."""
    if path.is_dir():
        yield _folder(path, limits)
        return
    try:
        mode = path.stat().st_mode
    except OSError as error:
        raise _refusal("not_found", f"Le fichier {path.name} est introuvable.") from error
    if not stat.S_ISREG(mode):
        raise _refusal("not_found", f"{path.name} n'est ni un fichier ni un dossier.")
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise _not_a_zip(path) from error
    with archive:
        yield _zip(archive, limits)


def _not_a_zip(path: Path) -> Refusal:
    """The refusal of a file that is not a usable zip: what it seems to be instead."""
    with path.open("rb") as file:
        head = file.read(512)
    if not head:
        return _refusal("empty", "Le fichier reçu est vide.")
    if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        return _refusal("html", "Le fichier reçu est une page web (HTML ou XML), pas un zip GTFS.")
    if head.startswith(b"PK"):
        return _refusal("truncated", "Le zip est tronqué ou abîmé : il faut le publier à nouveau.")
    return _refusal("not_zip", "Le fichier reçu n'est pas un zip.")


def _zip(archive: zipfile.ZipFile, limits: ArchiveLimits) -> FeedFiles:
    entries = [info for info in archive.infolist() if not info.is_dir()]
    if len(entries) > limits.entries:
        raise _refusal(
            "too_many_entries", f"Le zip a {len(entries)} fichiers.", limit=limits.entries
        )
    chosen = {
        name: next(info for info in entries if info.filename == path)
        for name, path in _table_paths(info.filename for info in entries).items()
    }
    if any(info.flag_bits & 1 for info in chosen.values()):
        raise _refusal("encrypted", "Le zip est protégé par un mot de passe.")
    sizes = {name: info.file_size for name, info in chosen.items()}
    _check_sizes(sizes, limits)
    total = _TotalBytes(limits)

    def opener(info: zipfile.ZipInfo) -> Callable[[], IO[bytes]]:
        return lambda: io.BufferedReader(
            _CountedStream(partial(archive.open, info), info.filename, total)
        )

    return FeedFiles(
        {name: opener(info) for name, info in chosen.items()},
        sizes,
        _others((info.filename for info in entries), (info.filename for info in chosen.values())),
    )


def _folder(folder: Path, limits: ArchiveLimits) -> FeedFiles:
    patterns = ("*.txt", "*/*.txt", LOCATIONS, f"*/{LOCATIONS}")
    found = sorted(path for pattern in patterns for path in folder.glob(pattern))
    files = {
        path.relative_to(folder).as_posix(): path
        for path in found[: limits.entries]
        if path.is_file()
    }
    chosen = _table_paths(files)
    sizes = {name: files[path].stat().st_size for name, path in chosen.items()}
    _check_sizes(sizes, limits)
    total = _TotalBytes(limits)

    def opener(path: Path) -> Callable[[], IO[bytes]]:
        return lambda: io.BufferedReader(_CountedStream(lambda: path.open("rb"), path.name, total))

    return FeedFiles(
        {name: opener(files[path]) for name, path in chosen.items()},
        sizes,
        _others(files, chosen.values()),
    )


def _others(paths: Iterable[str], chosen: Iterable[str]) -> tuple[str, ...]:
    """The files that are no table of the feed; without those that an operating system adds."""
    read = {*chosen}
    return tuple(
        path
        for path in paths
        if path not in read
        and not path.startswith("__MACOSX/")
        and not PurePosixPath(path).name.startswith(".")
    )


def _table_paths(paths: Iterable[str]) -> dict[str, str]:
    """The path of each table by its name, in the topmost folder that has stops.txt, else
    locations.geojson. Raises Refusal if there is none, or several."""
    known = [path for path in paths if not path.startswith("__MACOSX/")]
    tables = [path for path in known if _table_name(path)]
    roots = _folders_with("stops", tables) or _folders_with(LOCATIONS, tables)
    top = min((len(root.parts) for root in roots), default=0)
    roots = {root for root in roots if len(root.parts) == top}
    if len(roots) > 1:
        raise _refusal("several_feeds", "Le zip contient plusieurs flux (plusieurs stops.txt).")
    if not roots:
        if any(path.lower().endswith(".zip") for path in known):
            raise _refusal("nested_zip", "Le zip contient d'autres zips : il en faut un par flux.")
        raise _refusal("no_stops", "Il manque stops.txt au flux : ce n'est pas du GTFS.")
    root = roots.pop()
    return {_table_name(path): path for path in tables if PurePosixPath(path).parent == root}


def _folders_with(table: str, paths: Iterable[str]) -> set[PurePosixPath]:
    return {PurePosixPath(path).parent for path in paths if _table_name(path) == table}


def _table_name(path: str) -> str:
    """`stops` for stops.txt, LOCATIONS for that file, "" for any other."""
    name = PurePosixPath(path).name.lower()
    return name.removesuffix(".txt") if name.endswith(".txt") else name * (name == LOCATIONS)


def _check_sizes(sizes: dict[str, int], limits: ArchiveLimits) -> None:
    """Check the declared sizes; `_CountedStream` enforces the real ones. Raises Refusal if one
    exceeds its limit."""
    for name, size in sizes.items():
        if size > limits.file_bytes:
            raise _too_large(f"{name}.txt", limits.file_bytes)
    if sum(sizes.values()) > limits.total_bytes:
        raise _too_large("Le flux", limits.total_bytes)


class _TotalBytes:
    """The uncompressed bytes read so far, of all tables of one feed."""

    def __init__(self, limits: ArchiveLimits) -> None:
        self.limits = limits
        self.bytes = 0


class _CountedStream(io.RawIOBase):
    """A stream that enforces the limits, whatever the archive declares."""

    def __init__(self, source: Callable[[], IO[bytes]], name: str, total: _TotalBytes) -> None:
        self._name, self._total = name, total
        self._bytes = 0
        with _translate_errors(name):
            self._source = source()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer)  # type: ignore[arg-type]  # any writable buffer, as RawIOBase
        with _translate_errors(self._name):
            data = self._source.read(len(view))
        self._bytes += len(data)
        self._total.bytes += len(data)
        limits = self._total.limits
        if self._bytes > limits.file_bytes:
            raise _too_large(self._name, limits.file_bytes)
        if self._total.bytes > limits.total_bytes:
            raise _too_large("Le flux", limits.total_bytes)
        view[: len(data)] = data
        return len(data)

    def close(self) -> None:
        self._source.close()
        super().close()


@contextmanager
def _translate_errors(name: str) -> Iterator[None]:
    """Translate the exceptions of `zipfile` about damaged or exotic entries. Raises Refusal."""
    try:
        yield
    except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError) as error:
        raise _refusal("corrupt", f"{name} est abîmé.", file=name) from error
    except (NotImplementedError, RuntimeError) as error:  # an unknown compression or cipher
        raise _refusal(
            "exotic", f"{name} est compressé ou chiffré autrement.", file=name
        ) from error


def _too_large(name: str, limit: int) -> Refusal:
    return Refusal(
        "too_large",
        f"{name} dépasse {limit >> 20} Mio une fois décompressé.",
        code="too_large",
        limit=limit,
    )


def _refusal(code: str, message: str, **details: object) -> Refusal:
    return Refusal("invalid", message, code=code, **details)
