"""Plans small enough to be used up, and a service that lists the headers it received."""

import asyncio
import hashlib
import json

from gateway_world import read_head

HOUSE = "maison_of_the_tests"


PLANS = f"""
[plan.public]
streams = 2
[plan.public.classes.board]
rate = 40
burst = 100
[plan.public.classes.search]
rate = 0.001
burst = 3
[plan.public.classes.list]
rate = 100
burst = 1000
daily = 5
[[account]]
id = "raised"
plan = "partner"
[[key]]
name = "tests"
plan = "house"
sha256 = "{hashlib.sha256(HOUSE.encode()).hexdigest()}"
"""


STREAM = "/mobilite/v1/alerts/stream"


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"


EVENTS = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"


async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A service that tells which headers it was sent, and has a stream that never ends."""
    while True:
        head = await read_head(reader)
        if b"/stream" in head[0]:
            writer.write(EVENTS + b"b\r\ndata: one\n\n\r\n")
            await reader.read()
            return
        body = json.dumps([line.decode().partition(":")[0].lower() for line in head[1:]]).encode()
        writer.write(HEAD % len(body) + body)
        await writer.drain()
