"""The texts of pages by their language, to find one in the wrong language."""

import tomllib
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pilotes
import socle.pages
from socle.pages import typeset

PAGES = Path(pilotes.__file__).parent / "pages"


def french_texts() -> Iterator[str]:
    """The French texts of the service and the kit that are not the same in English."""
    for folder in (PAGES, Path(socle.pages.__file__).parent):
        for path in folder.rglob("texts.toml"):
            english = tomllib.loads(path.with_name("texts.en.toml").read_text("utf-8"))
            for name, text in tomllib.loads(path.read_text("utf-8")).items():
                if "{" not in text and "[" not in text and text != english[name]:
                    yield typeset(text.strip())


class _Texts(HTMLParser):
    """Collects the texts of a page by the language of their element."""

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, set[str]] = {}
        self._open: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ("meta", "link", "img", "br", "input"):
            language = dict(attrs).get("lang") or (self._open[-1][1] if self._open else "")
            self._open.append((tag, language))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element of a drawing, without content."""

    def handle_endtag(self, tag: str) -> None:
        opened, _ = self._open.pop()
        assert opened == tag, "the page is not well-formed"

    def handle_data(self, data: str) -> None:
        if self._open and data.strip():
            self.found.setdefault(self._open[-1][1], set()).add(data.strip())


def texts_in(page: str, language: str) -> set[str]:
    """The texts of a page that are marked as being in that language."""
    parser = _Texts()
    parser.feed(page)
    return parser.found[language]
