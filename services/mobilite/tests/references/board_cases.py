"""A random case played twice: through the service, and by the rules written a second time."""

from boards import City
from google.protobuf import text_format
from google.transit import gtfs_realtime_pb2 as gtfs_rt
from hypothesis import note
from naive_board import NaiveCity
from naive_modifications import NaiveModifications
from naive_updates import NaiveUpdate
from random_cities import Case


def played(case: Case) -> tuple[City, NaiveCity]:
    """The two cities after the message of a case, which is noted for a failure."""
    note(case.message)
    note("\n".join(case.files.values()))
    note(f"{case.now} {case.at} {case.age}")
    city = City(now=case.now)
    city.schedule(case.files)
    city.publish(case.message)
    city.wait(seconds=case.age)

    naive = NaiveCity(case.files, around=case.at)
    header = 'header { gtfs_realtime_version: "2.0" }'
    message = text_format.Parse(f"{header} {case.message}", gtfs_rt.FeedMessage())
    updates = NaiveUpdate.all_of(message, received=int(case.now.timestamp()))
    naive.receive(updates, NaiveModifications.all_of(message))
    return city, naive
