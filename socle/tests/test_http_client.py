"""The HTTP client against servers that are not ours."""

import asyncio
from contextlib import AsyncExitStack

from socle.http import http_client


async def test_strangers_that_hang_keep_nobody_out() -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        if b"/hangs" not in head:
            writer.write(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
        else:
            await reader.read()
        writer.close()

    async with AsyncExitStack() as stack:
        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        await stack.enter_async_context(server)
        address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        client = await stack.enter_async_context(http_client(outside=True, time_limit=5))
        hanging = [asyncio.create_task(client.get(f"{address}/hangs")) for _ in range(150)]
        await asyncio.sleep(0)
        try:
            async with client.get(f"{address}/answers") as response:
                assert response.status == 204
        finally:
            for task in hanging:
                task.cancel()
            await asyncio.gather(*hanging, return_exceptions=True)
