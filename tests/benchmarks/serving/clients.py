"""Clients that cost little: many connections of one thread, requests that are written before, answers barely read."""

import asyncio
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

LIMIT = 2**20  # bytes of an answer
PATIENCE = 120.0  # seconds for an answer
HANDSHAKE = 5.0


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What came back; `status` 0 if nothing did."""

    status: int
    seconds: float  # since it was due
    head: bytes = b""
    body: bytes = b""

    def header(self, name: str) -> str | None:
        """The value of a header, or None."""
        for line in self.head.split(b"\r\n")[1:]:
            key, _, value = line.partition(b":")
            if key.strip().lower() == name.lower().encode():
                return value.strip().decode("latin-1")
        return None


class Connection:
    """One connection, opened when it is needed."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, request: bytes, due: float) -> Answer:
        """Send a request and read its answer; `due` is monotonic."""
        for again in (self._streams is not None, False):
            try:
                status, head, body = await asyncio.wait_for(self._exchange(request), PATIENCE)
            except (OSError, asyncio.IncompleteReadError, TimeoutError):
                self.close()
                if not again:  # else the connection had been idle for too long: it is opened anew, as everybody does
                    break
            else:
                return Answer(status=status, seconds=time.monotonic() - due, head=head, body=body)
        return Answer(status=0, seconds=time.monotonic() - due)

    def close(self) -> None:
        """Close it; the next request opens it again."""
        if self._streams is not None:
            with suppress(RuntimeError):  # the loop has ended
                self._streams[1].close()
            self._streams = None

    async def _exchange(self, request: bytes) -> tuple[int, bytes, bytes]:
        if self._streams is None:
            opened = asyncio.open_connection("127.0.0.1", self._port, limit=LIMIT)
            self._streams = await asyncio.wait_for(opened, HANDSHAKE)
        reader, writer = self._streams
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        answer = Answer(status=int(head.split(b" ", 2)[1]), seconds=0.0, head=head)
        body = await reader.readexactly(int(answer.header("content-length") or 0))
        if (answer.header("connection") or "").lower() == "close":
            self.close()
        return answer.status, head, body


async def closed(port: int, requests: Iterator[bytes], *, connections: int, seconds: float) -> list[Answer]:
    """So many connections, each asking again as soon as it is answered."""
    answers: list[Answer] = []
    end = time.monotonic() + seconds

    async def client() -> None:
        connection = Connection(port)
        while time.monotonic() < end:
            answers.append(await connection.ask(next(requests), time.monotonic()))
        connection.close()

    await asyncio.gather(*(client() for _ in range(connections)))
    return answers


async def counted(port: int, requests: Sequence[bytes], *, connections: int) -> list[Answer]:
    """Just these requests, over so many connections."""
    answers: list[Answer] = []
    left = iter(requests)

    async def client() -> None:
        connection = Connection(port)
        for request in left:
            answers.append(await connection.ask(request, time.monotonic()))
        connection.close()

    await asyncio.gather(*(client() for _ in range(connections)))
    return answers


async def paced(port: int, requests: Iterator[bytes], *, pauses: Iterator[float], seconds: float) -> list[Answer]:
    """A request after each pause, whether the last one was answered or not; time counts from when it was due."""
    answers: list[Answer] = []
    idle: list[Connection] = []
    running: set[asyncio.Task[None]] = set()

    async def one(request: bytes, due: float) -> None:
        connection = idle.pop() if idle else Connection(port)
        answers.append(await connection.ask(request, due))
        idle.append(connection)

    due = time.monotonic()
    end = due + seconds
    while due < end:
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        task = asyncio.create_task(one(next(requests), due))
        running.add(task)
        task.add_done_callback(running.discard)
        due += next(pauses)
    while running:
        await asyncio.gather(*running)
    for connection in idle:
        connection.close()
    return answers
