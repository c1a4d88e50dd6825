"""A client as it should be: posts one scan after the other, and takes the time."""

import time

import httpx

from tests.integration.service.pictures import photograph


def timed_posts(url: str, key: str, first: int, count: int, **headers: str) -> list[float]:
    """Seconds of each of so many small posts of new parcels, all of which must be taken."""
    seconds = []
    sent = {"Authorization": f"Bearer {key}", "Content-Type": "image/jpeg", **headers}
    with httpx.Client(base_url=url, headers=sent, timeout=30) as client:
        for number in range(first, first + count):
            began = time.perf_counter()
            query = {"station": "dock-3", "parcel": f"P{number}"}
            answer = client.post("/v1/scans", params=query, content=photograph(number, side=64))
            seconds.append(time.perf_counter() - began)
            assert answer.status_code == 201, answer.text
    return seconds
