"""The texts of the travellers' pages, in the language of the request."""

from importlib.resources import files
from typing import Final

from socle.pages import TextCatalogue

texts_of: Final = TextCatalogue(files("portail.api") / "pages").texts
"""The texts of a page by name, including the shared ones: `texts_of("accueil")`."""
