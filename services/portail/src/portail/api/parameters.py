"""Query parameters that several pages have."""

from typing import Annotated

from fastapi import Query

Name = Annotated[str, Query(max_length=200)]
"""What a reader typed."""
Cursor = Annotated[str | None, Query(max_length=1000)]
"""Of a page of the API, from a link of the page before it."""
