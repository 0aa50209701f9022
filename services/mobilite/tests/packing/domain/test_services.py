"""Calendars: the matrix of days equals a naive reading of both files."""

from datetime import date, timedelta

from cities import LINE, imported, timetable_from_text
from hypothesis import given
from hypothesis import strategies as st

from mobilite.packing.domain.pack import Report, Table
from mobilite.packing.domain.services import WEEKDAYS, pack_services

DAYS = st.dates(date(2026, 2, 20), date(2026, 4, 10))
RULES = st.lists(
    st.tuples(
        st.sampled_from("abc"), st.lists(st.sampled_from("01"), min_size=7, max_size=7), DAYS, DAYS
    ),
    max_size=4,
)
EXCEPTIONS = st.lists(
    st.tuples(st.sampled_from("abcd"), DAYS, st.sampled_from("12")),
    max_size=12,
    unique_by=lambda exception: exception[:2],
)


@given(rules=RULES, exceptions=EXCEPTIONS)
def test_the_matrix_is_the_naive_reading(rules, exceptions) -> None:
    calendar = Table.of(
        [
            {
                "service_id": service,
                **dict(zip(WEEKDAYS, week, strict=True)),
                "start_date": f"{start:%Y%m%d}",
                "end_date": f"{end:%Y%m%d}",
            }
            for service, week, start, end in rules
        ]
    )
    dates = Table.of(
        [
            {"service_id": service, "date": f"{day:%Y%m%d}", "exception_type": variant}
            for service, day, variant in exceptions
        ]
    )
    services = pack_services(calendar, dates, Report())

    def runs(service: str, day: date) -> bool:
        for name, on, variant in exceptions:
            if (name, on) == (service, day):
                return variant == "1"
        return any(
            name == service and start <= day <= end and week[day.weekday()] == "1"
            for name, week, start, end in rules
        )

    for row, service in enumerate(services.ids):
        for offset in range(70):
            day = date(2026, 2, 15) + timedelta(days=offset)
            column = day.toordinal() - services.first_day
            inside = 0 <= column < services.days.shape[1]
            assert (inside and bool(services.days[row, column])) == runs(service, day)


def test_a_feed_can_have_dates_only() -> None:
    files = {name: text for name, text in LINE.items() if name != "calendar.txt"}
    timetable = timetable_from_text(
        {
            **files,
            "calendar_dates.txt": "service_id,date,exception_type\n"
            "daily,20260501,1\ndaily,20260503,1\n",
        }
    )
    assert timetable.service_days.tolist() == [[True, False, True]]
    assert timetable.first_date == date(2026, 5, 1)


def test_wrong_dates_exceptions_and_services_without_a_day_are_reported() -> None:
    timetable, report = imported(
        {
            **LINE,
            "calendar.txt": """\
service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date
daily,1,1,1,1,1,1,1,20260101,20261231
never,0,0,0,0,0,0,0,20260101,20261231
bad,1,1,1,1,1,1,1,2026-01-01,20261231
""",
            "calendar_dates.txt": """\
service_id,date,exception_type
daily,20260230,1
daily,20260301,3
""",
            "trips.txt": "route_id,service_id,trip_id\nr,daily,t\nr,never,u\nr,nowhere,v\n",
        }
    )
    assert list(timetable.trip_ids) == ["t"]
    assert report["calendar.txt", "wrong_date"].samples == ("bad",)
    assert report["calendar_dates.txt", "wrong_date"].count == 1
    assert report["calendar_dates.txt", "wrong_exception"].count == 1
    assert report["calendar.txt", "service_without_date"].samples == ("never",)
    assert report["trips.txt", "unknown_service"].samples == ("u", "v")


def test_an_end_in_the_year_9999_does_not_make_a_huge_matrix() -> None:
    rows = "".join(f"s{i},1,1,1,1,1,1,1,20260101,99991231\n" for i in range(50))
    timetable, report = imported({**LINE, "calendar.txt": LINE["calendar.txt"] + rows})
    assert timetable.service_days.shape[1] <= 1831
    assert timetable.runs_on(0, _service_date(2026, 7, 14))
    assert report["calendar.txt", "calendar_cut"].count == 1


def _service_date(*day: int):
    from mobilite.gtfs.domain.service_date import ServiceDate

    return ServiceDate(date(*day))
