"""Reads what ``GET /metrics`` answers."""

import re

import httpx

_SAMPLE = re.compile(r"(\w+)(?:\{(.*)\})? (\S+)")


def scrape(client: httpx.Client) -> str:
    """The exposition of now."""
    answer = client.get("/metrics")
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"].startswith("text/plain")
    return answer.text


def value(text: str, name: str, **labels: str) -> float:
    """The sum of a metric's samples that have these labels."""
    total = 0.0
    for line in text.splitlines():
        found = _SAMPLE.fullmatch(line)
        if found is None or found[1] != name:
            continue
        if all(f'{key}="{one}"' in (found[2] or "") for key, one in labels.items()):
            total += float(found[3])
    return total
