"""The fenced blocks of README and of the guides, and the commands in them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
DOCUMENTS = (
    REPOSITORY / "README.md",
    *sorted((REPOSITORY / "docs" / "guides").glob("*.md")),
    REPOSITORY / "deploy" / "README.md",
)
NOT_RUN = re.compile(r"<!-- not run: (?P<reason>.+) -->")
"""The line above a block whose commands tests do not run, with the reason."""


@dataclass(frozen=True, slots=True)
class CodeBlock:
    """One fenced block of a document."""

    document: Path
    line: int
    """The number of its opening fence."""
    language: str
    """What follows the fence; empty if nothing does."""
    text: str
    not_run: str | None
    """Why tests do not run its commands; None: they run."""

    @property
    def place(self) -> str:
        return f"{path_of(self.document)}:{self.line}"

    def commands(self) -> list[str]:
        """Its lines; one that ends with a backslash is joined with the next."""
        return self.text.replace("\\\n", "").splitlines()


def path_of(document: Path) -> str:
    return document.relative_to(REPOSITORY).as_posix()


def code_blocks() -> Iterator[CodeBlock]:
    """Every fenced block of every document, in order. Raises AssertionError for an open fence."""
    for document in DOCUMENTS:
        opened: int | None = None
        lines = document.read_text("utf-8").splitlines()
        for number, line in enumerate(lines, start=1):
            if not line.lstrip().startswith("```"):
                continue
            if opened is None:
                opened = number
                continue
            reason = NOT_RUN.fullmatch(lines[opened - 2]) if opened > 1 else None
            yield CodeBlock(
                document=document,
                line=opened,
                language=lines[opened - 1].lstrip("` "),
                text="\n".join(lines[opened : number - 1]) + "\n",
                not_run=reason and reason["reason"],
            )
            opened = None
        assert opened is None, f"{document}:{opened} is never closed"
