"""The JSON of indicators: a week of a region, on Monday 2 March 2026."""

from typing import Any

from region_api import Region
from region_data import Json, feed, route, source

YESTERDAY = "2026-03-01"
TODAY = "2026-03-02"


def punctuality(n: int, on_time: float | None, **members: Any) -> Json:
    content = {
        "n": n,
        "planned": round(n / 0.9),
        "coverage": 0.9,
        "on_time": on_time,
        "median_delay_s": 40,
    }
    runs = {"runs": 200, "cancelled": 0, "withdrawn": 0, "complete": True}
    return {"route": None, "date": None, "hour": None, **content, **runs, **members}


def regularity(line: str, n: int, excess: float | None, **members: Any) -> Json:
    waits = {"scheduled_wait_s": 300.0, "excess_wait_s": excess, "regular": 0.8}
    return {"route": line, "frequent": True, "n": n, "coverage": 0.9, **waits, **members}


def accuracy(horizon: int, n: int, accurate: float | None, *errors: int, early: int) -> Json:
    names = ("median_error_s", "p10_error_s", "p90_error_s", "p90_absolute_s")
    known = dict(zip(names, errors or (None,) * 4, strict=True))
    window = {"early_s": early, "late_s": 3 * early}
    return {
        "horizon_min": horizon,
        "n": n,
        "coverage": 0.8,
        "accurate": accurate,
        **known,
        **window,
    }


def quality(feed_id: str, day: str, fresh: float | None, **members: Any) -> Json:
    shares = {"fresh_60s": fresh, "fresh_300s": fresh, "errors": 0.01, "days_left": 40}
    other = {"trips_with_real_time": 0.8, "vehicles_with_trip": None, "complete": True}
    return {"feed": feed_id, "date": day, "n": 5_760, "coverage": 1.0, **shares, **other, **members}


def supply(feed_id: str, line: str | None, trips: int, day_type: str = "weekday") -> Json:
    times = {"first_departure": "05:12:00", "last_departure": "24:40:00"}
    headways = {"headway_mean_s": 610.0, "headway_peak_s": None}
    owner = {"feed": feed_id, "route": line, "day_type": day_type}
    return {
        **owner,
        "trips": trips,
        "service_hours": 80.4,
        "service_km": 1234.5,
        **times,
        **headways,
    }


def furnish_indicators(region: Region) -> None:
    """A week: seven days that are over and today, three networks, the lines of one."""
    furnish_networks(region)
    furnish_figures(region)


def furnish_networks(region: Region) -> None:
    """The networks that the figures are of."""
    region.feeds = [
        feed("tao", "TAO Orléans", source(trip_updates=1)),
        feed("azalys", "Azalys Blois"),
        feed("remi", "Rémi – les cars de la région Centre-Val de Loire"),
    ]


def furnish_figures(region: Region) -> None:
    """The figures, and the lines that they are of."""
    region.routes["tao"] = [route(name) for name in ("A", "B", "Navette du centre", "40")]
    lines = [
        punctuality(12_000, 0.91, route="tao:A", cancelled=2),
        punctuality(8_000, 0.78, route="tao:B"),
        punctuality(200, 0.55, route="tao:Navette du centre"),
        punctuality(12, 0.5, route="tao:40"),
        punctuality(3_000, 0.934, route="azalys:1"),
        punctuality(12, 0.25, route="remi:41"),
    ]
    region.indicators |= {
        "punctuality route": lines,
        "punctuality day": [
            punctuality(2_000 + day, 0.8 + day / 60, date=f"2026-02-{23 + day}", cancelled=day)
            for day in range(6)
        ]
        + [
            punctuality(12, 1.0, date=YESTERDAY),
            punctuality(900, 0.87, date=TODAY, complete=False),
        ],
        "punctuality hour": [
            punctuality(500, 0.95 - abs(hour - 14) / 40, hour=hour) for hour in (0, *range(5, 24))
        ],
        "regularity route": [
            regularity("tao:A", 800, 42.0),
            regularity("tao:B", 400, 95.0, regular=0.61),
            regularity("tao:Navette du centre", 0, None, frequent=False),
        ],
        "feed-quality None": [
            *(quality("tao", f"2026-02-{23 + day}", 0.97 - day / 50) for day in range(6)),
            quality("tao", TODAY, 0.99, complete=False),
            quality("azalys", TODAY, 0.62),
            quality("remi", TODAY, None),
        ],
        "supply network": [
            supply("tao", None, 1_900),
            supply("tao", None, 900, "sunday"),
            supply("azalys", None, 300),
        ],
        "supply route": [supply("tao", "tao:A", 220), supply("tao", "tao:B", 180)],
        "accuracy all": [
            accuracy(2, 9_000, 0.94, 5, -20, 40, 50, early=30),
            accuracy(5, 9_000, 0.9, 12, -40, 80, 90, early=60),
            accuracy(10, 8_000, 0.85, 25, -70, 160, 170, early=90),
            accuracy(20, 7_000, 0.88, 40, -120, 280, 290, early=240),
            accuracy(30, 12, 0.9, 60, -160, 400, 420, early=240),
        ],
    }
