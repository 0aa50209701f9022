"""The query parameters that all figures of passages share."""

from typing import Annotated

from fastapi import Depends, Query

from mobilite.http.api.date_parameters import FromDate, ToDate
from mobilite.http.api.parameters import BoundedNumber
from mobilite.indicators.flows.query_figures import FigureQuery
from mobilite.passages.domain.passage import SourceName

RowLimit = Annotated[int, BoundedNumber(1, 5000), Query(description="Nombre de rangées")]


async def figure_query(
    feed: Annotated[
        str | None, Query(description="Identifiant d'un réseau ; tous s'il manque")
    ] = None,
    route: Annotated[
        str | None, Query(description="Identifiant public d'une ligne, réseau:ligne")
    ] = None,
    first: FromDate = None,
    last: ToDate = None,
    source: Annotated[
        SourceName,
        Query(description="Les dernières prévisions des exploitants, ou les positions"),
    ] = "predictions",
) -> FigureQuery:
    """What figures are of. Without a period, the last seven days."""
    return FigureQuery(feed, route, first, last, source)


Figures = Annotated[FigureQuery, Depends(figure_query)]
