"""Many stations that post and try again until they are answered, and note what they were promised."""

import json
import threading
import time
import uuid
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from tests.integration.service.pictures import photograph

TIMEOUT = httpx.Timeout(10.0, connect=2.0)


@dataclass(kw_only=True)
class Acknowledged:
    """Parcel -> scan, for each that the service said it has. Kept on another disk than the service's."""

    log: Path
    scans: dict[str, str] = field(default_factory=dict)
    tries: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, parcel: str, scan: str) -> None:
        with self.lock:
            self.scans[parcel] = scan
            with self.log.open("a", encoding="utf-8") as file:
                file.write(json.dumps({"parcel": parcel, "scan": scan}) + "\n")


class Stations:
    """Threads that post numbered parcels, each with an image and a key of its own."""

    def __init__(
        self, url: str, key: str, acknowledged: Acknowledged, *, threads: int = 8, wait: str | None = None
    ) -> None:
        self._url, self._key, self.acknowledged, self._wait = url, key, acknowledged, wait
        self._next, self._last = 0, 0
        self._lock, self._stopped = threading.Lock(), threading.Event()
        self._count = threads
        self._threads: list[threading.Thread] = []

    def start(self, count: int) -> None:
        """Post so many more parcels."""
        self._last = self._next + count
        self._stopped.clear()
        self._threads = [threading.Thread(target=self._run) for _ in range(self._count)]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Give up what is not answered yet."""
        self._stopped.set()
        self.join()

    def join(self) -> None:
        """Wait until all are answered."""
        for thread in self._threads:
            thread.join()

    @property
    def done(self) -> bool:
        """Whether all are answered."""
        return not any(thread.is_alive() for thread in self._threads)

    def _take(self) -> int | None:
        with self._lock:
            if self._next >= self._last:
                return None
            self._next += 1
            return self._next - 1

    def _run(self) -> None:
        headers = {"Authorization": f"Bearer {self._key}", "Content-Type": "image/jpeg"}
        if self._wait is not None:
            headers["Prefer"] = f"wait={self._wait}"
        with httpx.Client(base_url=self._url, headers=headers, timeout=TIMEOUT) as client:
            while not self._stopped.is_set() and (number := self._take()) is not None:
                self._post(client, number)

    def _post(self, client: httpx.Client, number: int) -> None:
        parcel, key, image = f"P{number}", str(uuid.uuid4()), photograph(number % 97, side=48, tint=number % 40)
        while not self._stopped.is_set():
            self.acknowledged.tries += 1
            try:
                query = {"station": "dock-3", "parcel": parcel, "image_id": str(number)}
                answer = client.post("/v1/scans", params=query, content=image, headers={"Idempotency-Key": key})
            except httpx.TransportError:
                time.sleep(0.05)
                continue
            if answer.status_code in {200, 201, 202}:
                self.acknowledged.note(parcel, answer.json()["id"])
                return
            assert answer.status_code in {409, 429, 500, 503, 507}, answer.text
            time.sleep(0.05)
