"""Feed quality as JSON and as the rows of CSV files."""

from mobilite.feed_quality.api.definitions import QUALITY
from mobilite.feed_quality.api.models import FeedQualityJson, FeedQualityListJson
from mobilite.feed_quality.flows.list_quality import QualityPage, QualityRow
from mobilite.http.api.languages import TextLanguage


def quality_json(page: QualityPage, language: TextLanguage) -> FeedQualityListJson:
    """A page of rows."""
    return {
        "definition": QUALITY[language],
        "first": page.dates.first.isoformat(),
        "last": page.dates.last.isoformat(),
        "rows": [row_json(row) for row in page.rows],
        "next": page.next,
    }


def row_json(row: QualityRow) -> FeedQualityJson:
    """A feed on a date."""
    shares = row.shares
    return {
        "feed": row.feed_id,
        "date": row.date.isoformat(),
        "complete": row.complete,
        "n": row.day.measurements,
        "coverage": round(row.coverage, 4),
        "fresh_60s": _rounded(shares.fresh_60s),
        "fresh_300s": _rounded(shares.fresh_300s),
        "polls": row.day.polls,
        "errors": _rounded(shares.errors),
        "matched": _rounded(shares.matched),
        "unmatched": _rounded(shares.unmatched),
        "matched_share": _rounded(shares.matched_share),
        "under_way": _rounded(shares.under_way),
        "trips_with_real_time": _rounded(shares.trips_with_real_time),
        "vehicles": _rounded(shares.vehicles),
        "vehicles_with_trip": _rounded(shares.vehicles_with_trip),
        "days_left": shares.days_left,
        "remarks": shares.remarks,
        "remark_rows": shares.remark_rows,
    }


def _rounded(number: float | None) -> float | None:
    return None if number is None else round(number, 4)
