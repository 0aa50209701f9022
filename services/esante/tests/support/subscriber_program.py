"""A subscriber as a process of its own, to be killed.

`subscriber_program.py PORT FILE` appends `id version` to the file for each notification, before it
accepts it.
"""

import asyncio
import json
import os
import sys


async def main(port: int, path: str) -> None:
    received = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.readline():
            length = 0
            while line := (await reader.readline()).strip():
                name, _, value = line.lower().partition(b":")
                length = int(value) if name == b"content-length" else length
            resource = json.loads(await reader.readexactly(length))
            os.write(received, f"{resource['id']} {resource['meta']['versionId']}\n".encode())
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(accept, "127.0.0.1", port)
    await server.serve_forever()


asyncio.run(main(int(sys.argv[1]), sys.argv[2]))
