"""Path and query parameters that name a pilot, a person or a page of a list."""

import re
from typing import Annotated, Final

from fastapi import Path, Query

from pilotes.http.api.text_fields import Name
from pilotes.record.domain.pilot import PilotId
from socle.cursors import decode_text_cursor, invalid_cursor

_PILOT_ID: Final = re.compile(r"[a-z][a-z0-9-]{0,47}")
PilotPath = Annotated[
    PilotId,
    Path(
        alias="pilot_id",
        pattern=f"^{_PILOT_ID.pattern}$",
        description="Le pilote",
        examples=["cahier-de-liaison"],
    ),
]
SurveyPath = Annotated[
    Name, Path(alias="survey_id", description="Le questionnaire", examples=["fin-de-quinzaine"])
]
Subject = Annotated[
    str,
    Path(
        pattern=r"^[A-Za-z0-9:._~-]{1,200}$",
        description="La personne : son sujet, à `/pilotes/v1/me`",
    ),
]
Cursor = Annotated[str, Query(description="« next » de la page")]
Limit = Annotated[int, Query(ge=1, le=100)]


def read_cursor(cursor: str) -> str:
    """The id of the pilot that the page before ended with; empty for the first page. Raises
    Refusal("invalid") for a cursor of another list."""
    if not cursor:
        return ""
    pilot_id = decode_text_cursor(cursor)
    if not _PILOT_ID.fullmatch(pilot_id):
        raise invalid_cursor()
    return pilot_id
