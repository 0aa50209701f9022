"""Path and query parameters that name a pilot, a person or a page of a list."""

from typing import Annotated

from fastapi import Path, Query

from pilotes.http.api.text_fields import Name
from pilotes.record.domain.pilot import PilotId

PilotPath = Annotated[
    PilotId,
    Path(
        alias="pilot_id",
        pattern=r"^[a-z][a-z0-9-]{0,47}$",
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
Cursor = Annotated[str, Query(pattern=r"^[a-z0-9-]{0,48}$", description="« next » de la page")]
Limit = Annotated[int, Query(ge=1, le=100)]
