"""A small Kafka-protocol broker for one machine: demos and tests, never production.

    server → api/* → (store, coordinator) → partition → segment → batches

Record batches are stored as clients sent them, in append-only files that survive a SIGKILL of the
broker; groups, committed offsets and idempotent producers survive it too. Not implemented:
replication, transactions, access control, message formats before v2.
https://kafka.apache.org/protocol
"""
