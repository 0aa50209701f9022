"""A real Apache Kafka on one machine, from Maven Central's jars: the bus suite's second end."""
