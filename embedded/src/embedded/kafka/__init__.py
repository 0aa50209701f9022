"""A real Apache Kafka on one machine, from Maven Central's jars: the bus is tested on it too."""
