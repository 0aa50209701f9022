"""The requirements of Apache Kafka: a Java, and its jars, fetched once into the cache."""

from importlib.resources import files
from pathlib import Path

from embedded.java import Java, cache_of, find_java, made_once, run_maven

_POM = files("embedded.kafka").joinpath("pom.xml").read_text()
_OTHERWISE = ", ou gardez le courtier embarqué (--broker embedded)"


def java_for_kafka() -> Java:
    """A Java that can run it. Raises `StartError`."""
    return find_java("Apache Kafka", _OTHERWISE)


def cache_folder() -> Path:
    """The cache folder of fetched and derived files, for this version of the class path."""
    return cache_of("kafka", "kafka_2.13", _POM)


def fetch_jars(cache: Path) -> Path:
    """The folder of the jars, which Maven copies there on first use (about 45 MB). Raises
    `StartError`."""
    jars, partial = cache / "jars", cache / "jars.partial"

    def copy() -> None:
        goal = ("dependency:copy-dependencies", "-DincludeScope=runtime")
        run_maven("Apache Kafka", _POM, cache, goal, partial, _OTHERWISE)
        partial.rename(jars)

    return made_once(jars, copy)
