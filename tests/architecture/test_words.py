"""Definitions use the field's words: `words.toml` lists the words that no name may contain.

A definition is a module, a package, a class, a function, a parameter, an assigned name or an
assigned attribute. An identifier is split into its words at underscores and changes of case, so
that `door` is found in `login_door` and in `LoginDoor`, and not in `outdoors`. An exception is one
exact name in one folder, with a reason: most are fields of published formats.
"""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path, PurePath

import pytest
from parsed_files import parsed
from workspace_files import ROOT, python_files, read_toml

LISTED = read_toml("tests/architecture/words.toml")
REFUSED = {
    tuple(form.split("_")): why for forms, why in LISTED["words"].items() for form in forms.split()
}
"""The words of each refused form, with the reason."""
STANDARD_TERMS = [tuple(term.split("_")) for term in LISTED["standard_terms"]]
EXCEPTIONS = {
    (folder, name): why
    for folder, names in LISTED["exceptions"].items()
    for name, why in names.items()
}

# The word that stood for ten different things: refused in comments and texts too.
NOWHERE = re.compile(r"(?<![a-z])told(?![a-z])", re.I)
ALLOWED_TEXTS = LISTED["texts"]
TEXTS = {".py", ".txt", ".toml", ".md", ".html", ".js", ".css", ".sh", ".yml", ".yaml", ".example"}
NOT_WRITTEN_HERE = {"requirements", "schemas"}
"""Folders of generated or released files."""


def words_of(identifier: str) -> tuple[str, ...]:
    """The words of an identifier, in lower case: `HTTPServerKind2` is http, server, kind, 2."""
    found = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", identifier)
    return tuple(word.lower() for word in found)


def refused_in(identifier: str) -> list[str]:
    """Why the identifier is refused: a sentence for each refused word in it."""
    words = words_of(identifier)
    for term in STANDARD_TERMS:
        words = _without(words, term)
    return [why for form, why in REFUSED.items() if _contains(words, form)]


def is_exception(identifier: str, path: str) -> bool:
    """Whether `words.toml` allows that name in a folder of that path."""
    folders = [str(folder) for folder in PurePath(path).parents]
    return any((folder, identifier) in EXCEPTIONS for folder in folders)


def _contains(words: tuple[str, ...], form: tuple[str, ...]) -> bool:
    return any(words[at : at + len(form)] == form for at in range(len(words)))


def _without(words: tuple[str, ...], term: tuple[str, ...]) -> tuple[str, ...]:
    for at in range(len(words)):
        if words[at : at + len(term)] == term:
            return (*words[:at], "", *_without(words[at + len(term) :], term))
    return words


@cache
def definitions() -> dict[str, list[tuple[str, int]]]:
    """Every defined name of the repository, with the places (file, line) that define it."""
    found: dict[str, list[tuple[str, int]]] = {}
    for path in (path for tests in (False, True) for path in python_files(tests=tests)):
        for name in (PurePath(path).stem, PurePath(path).parent.name):
            found.setdefault(name, []).append((path, 1))
        for line, name in parsed(path).definitions:
            found.setdefault(name, []).append((path, line))
    return found


def test_no_definition_contains_a_refused_word() -> None:
    refused = [
        f"  {path}:{line}  {name}\n      {' '.join(why)}"
        for name, places in definitions().items()
        if (why := refused_in(name))
        for path, line in places
        if not is_exception(name, path)
    ]
    assert not refused, "rename these definitions:\n" + "\n".join(refused)


def test_no_exception_is_left_over() -> None:
    used = {
        (str(folder), name)
        for _, name in EXCEPTIONS
        for path, _ in definitions().get(name, ())
        for folder in PurePath(path).parents
    }
    assert EXCEPTIONS.keys() - used == set()


def test_every_entry_gives_its_reason() -> None:
    tables = (LISTED["words"], LISTED["standard_terms"], EXCEPTIONS, ALLOWED_TEXTS)
    entries = [entry for table in tables for entry in table.items()]
    assert [name for name, why in entries if len(why.split()) < 5] == []


def test_one_word_is_refused_in_every_text() -> None:
    places = [
        f"{path}:{number}  {line.strip()}"
        for path in text_files()
        if not any(PurePath(path).match(pattern) for pattern in ALLOWED_TEXTS)
        for number, line in enumerate((ROOT / path).read_text("utf-8").splitlines(), 1)
        if NOWHERE.search(line)
    ]
    assert not places, "write what happens (rendered, published, …):\n" + "\n".join(places)


def text_files() -> Iterator[str]:
    """Paths from the root of the sources, templates, pages and documents of the repository."""
    for entry in sorted(ROOT.iterdir()):
        is_skipped = entry.name.startswith(".") or entry.name in NOT_WRITTEN_HERE
        files = [entry] if entry.is_file() else [] if is_skipped else sorted(entry.rglob("*"))
        for file in filter(_is_text, files):
            path = file.relative_to(ROOT).as_posix()
            if "__pycache__" not in path:
                yield path


def _is_text(file: Path) -> bool:
    is_named_so = file.suffix in TEXTS or file.name in {"Makefile", "Dockerfile", ".importlinter"}
    return is_named_so and file.is_file()


@pytest.mark.parametrize(
    ("identifier", "is_refused"),
    [
        ("login_door", True),
        ("LoginDoor", True),
        ("_TOLD", True),
        ("at_hand", True),
        ("hand_at", False),
        ("outdoors", False),
        ("shows", False),
        ("keep_alive_seconds", False),
        ("keep_alive_kept", True),
        ("ServerKind", True),
    ],
)
def test_words_are_found_in_identifiers(identifier: str, *, is_refused: bool) -> None:
    assert bool(refused_in(identifier)) is is_refused


def test_an_exception_is_for_one_name_in_one_folder() -> None:
    assert is_exception("said", "services/pilotes/src/pilotes/x.py")
    assert not is_exception("said", "services/gateway/src/gateway/x.py")
    assert not is_exception("said_of", "services/pilotes/src/pilotes/x.py")
