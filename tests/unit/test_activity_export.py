"""The change log as a file."""

import csv
import io
import json
from collections.abc import Iterator

import pytest
from msgspec.structs import replace

from dashboard.pages.activity.export import csv_parts, defused, json_parts
from state.changelog.events import ChangeEvent
from tests.unit.log_events import event


def rows(parts: Iterator[bytes]) -> list[list[str]]:
    return list(csv.reader(io.StringIO(b"".join(parts).decode(), newline="")))


@pytest.mark.parametrize("text", ["=1+2", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1"])
def test_no_cell_begins_a_formula(text: str) -> None:
    assert defused(text) == f"'{text}"
    poisoned = replace(event(1), actor=text, reason=text, state_id=text)
    [_, line] = rows(csv_parts(iter([[poisoned]])))
    assert [line[1], line[3], line[6]] == [f"'{text}"] * 3
    assert not [cell for cell in line if cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))]


def test_other_texts_stay_as_they_are() -> None:
    said = 'a "quoted", = text\nof two lines'
    [header, line] = rows(csv_parts(iter([[replace(event(3), reason=said)]])))
    told = dict(zip(header, line, strict=True))
    assert (told["id"], told["version"], told["changeType"]) == ("a3", "1", "Created")
    assert told["reason"] == said
    assert json.loads(told["newValues"]) == {"properties": ""}
    assert told["cursor"] == event(3).cursor


@pytest.mark.parametrize("sizes", [[], [0, 0], [1], [2, 0, 1], [0, 3]])
def test_the_json_is_one_array_whatever_the_pages_hold(sizes: list[int]) -> None:
    pages = [[event(10 * page + one) for one in range(size)] for page, size in enumerate(sizes)]
    expected = [json.loads(each.encoded) for page in pages for each in page]
    assert json.loads(b"".join(json_parts(iter(pages)))) == expected


def test_a_page_is_read_when_the_one_before_it_was_sent() -> None:
    read: list[int] = []

    def pages() -> Iterator[list[ChangeEvent]]:
        for number in range(1, 4):
            read.append(number)
            yield [event(number)]

    for parts in (csv_parts(pages()), json_parts(pages())):
        read.clear()
        begun = 0 if next(parts)[:1] == b"a" else 1  # the header of the CSV comes first
        assert len(read) == begun
        next(parts)
        assert len(read) == begun + 1
