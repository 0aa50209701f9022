"""The gateway's own pages: its templates and texts in `gateway/pages`."""

from typing import Final

from socle.pages import Pages

PAGES: Final = Pages("gateway", "pages")
"""Renders them."""
