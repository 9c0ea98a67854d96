"""The example's thinking: reading, searching, extracting, scoring, checking, answering."""

from collections.abc import Sequence
from itertools import islice
from pathlib import Path

import msgspec
import pytest
from lightning_client import FactsVerdict
from research_team.answering import (
    AnswerFunctionError,
    check_answer,
    load_answer_function,
    quote_facts,
)
from research_team.checking import check_against_text, check_facts
from research_team.corpus import (
    CorpusError,
    Passage,
    clean,
    installed_documentation,
    read_passages,
    split_passages,
)
from research_team.facts import Fact, extract_facts, sentences, without_repeats
from research_team.index import Index
from research_team.quality import assess, uncovered
from research_team.questions import questions_about
from research_team.terms import stem, terms

from state.verl.calls.verify_facts import VerifyFactsRequest, verify_facts

LOCKS = Passage(
    "locks.md",
    "Fencing tokens",
    "A fencing token is a number that grows with every lease of the lock.\n"
    "The storage refuses a write whose fencing token is older than the last one it saw.",
)
LEASES = Passage(
    "leases.md",
    "Leases",
    "A lease is a lock that expires, so that a crashed holder does not block the others.\n"
    "As a paused holder may write late, the storage asks for the fencing token of every lease.",
)
PASTA = Passage("pasta.md", "Pasta", "Boil the water first and add the salt before the pasta.")
QUESTION = terms("What is a fencing token of a lease good for?")


@pytest.fixture
def index() -> Index:
    return Index([LOCKS, LEASES, PASTA])


# --- Reading ----------------------------------------------------------------------------------


def test_it_keeps_prose_and_drops_code_images_and_link_targets() -> None:
    text = (
        "# Title\n\nSee [the guide](https://example.org/guide) for **more**.\n\n"
        "![badge](https://example.org/b.svg)\n\n```python\nimport secret\n```\n\nAfter the code."
    )
    cleaned = clean(text)
    assert "See the guide for more." in cleaned
    assert "After the code." in cleaned
    assert "secret" not in cleaned
    assert "example.org" not in cleaned


def test_it_knows_which_heading_a_passage_stands_below() -> None:
    text = "Intro here.\n\n# First\n\nOne.\n\nSecond\n------\n\nTwo."
    found = [(passage.heading, passage.text) for passage in split_passages("a.md", text)]
    assert found == [("", "Intro here."), ("First", "One."), ("Second", "Two.")]


def test_it_reads_a_folder_with_paths_relative_to_it(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "note.md").write_text("# Notes\n\nA lease expires after its time.")
    (tmp_path / "LICENSE.txt").write_text("Permission is hereby granted.")
    (tmp_path / "program.py").write_text("print('no prose')")
    (passage,) = read_passages(tmp_path)
    assert passage == Passage("deep/note.md", "Notes", "A lease expires after its time.")


def test_it_reads_the_description_of_a_package_without_its_headers(tmp_path: Path) -> None:
    folder = tmp_path / "thing-1.0.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text("Name: thing\nAuthor: Nobody\n\n# Thing\n\nIt does a thing.")
    (passage,) = read_passages(tmp_path)
    assert passage.text == "It does a thing."


@pytest.mark.parametrize("name", ["missing", "empty"])
def test_it_says_what_is_wrong_with_a_folder(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(CorpusError, match=name):
        read_passages(tmp_path / name)


@pytest.mark.slow
def test_the_installed_packages_are_a_corpus() -> None:
    sources = {passage.source.split("-")[0] for passage in read_passages(installed_documentation())}
    assert "channels" in sources


# --- Searching --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other"),
    [("timeouts", "timeout"), ("caches", "caching"), ("verified", "verifies"), ("locks", "lock")],
)
def test_forms_of_a_word_have_one_stem(one: str, other: str) -> None:
    assert stem(one) == stem(other)


def test_it_finds_the_passages_about_the_question_first(index: Index) -> None:
    hits = index.search(QUESTION, 5)
    assert {hit.passage.source for hit in hits} == {"leases.md", "locks.md"}
    assert hits[0].score >= hits[1].score > 0


def test_a_rare_term_weighs_more_than_a_common_one(index: Index) -> None:
    assert index.weight(stem("paused")) > index.weight(stem("lock")) > index.weight("unheard") == 0


def test_it_expands_a_query_with_what_the_best_passages_share(index: Index) -> None:
    expansion = index.expand(QUESTION, index.search(QUESTION, 2), 10)
    assert stem("lock") in expansion
    assert stem("write") in expansion
    assert not set(expansion) & set(QUESTION)
    assert stem("refuses") not in expansion, "one passage alone has it"


# --- Facts ------------------------------------------------------------------------------------


def test_only_whole_sentences_are_facts() -> None:
    text = (
        "Usage:\nnot a sentence at all here.\nThe lock is released when the holder ends.\n| a | b |"
    )
    assert sentences(text) == ["The lock is released when the holder ends."]


def test_it_extracts_facts_about_the_question_with_their_source(index: Index) -> None:
    facts = extract_facts(index.search(QUESTION, 5), QUESTION, index)
    assert {fact.source for fact in facts} == {"locks.md", "leases.md"}
    assert all(0 < fact.relevance <= 1 for fact in facts)
    assert facts[0].relevance == max(fact.relevance for fact in facts)
    assert "asks for the fencing token of every lease" in " ".join(fact.content for fact in facts)


def test_a_copy_is_no_second_fact() -> None:
    fact = Fact("A lease is a lock that expires.", "a.md", 0.9)
    copy = Fact("A lease is a lock that expires!", "b.md", 0.8)
    assert without_repeats([fact, copy]) == [fact]


def test_a_fact_has_the_same_id_when_it_is_found_again() -> None:
    one = Fact("A lease expires.", "a.md", 0.9)
    again = Fact("A lease expires.", "a.md", 0.4)
    elsewhere = Fact("A lease expires.", "b.md", 0.9)
    assert one.id_in("run-1") == again.id_in("run-1")
    assert len({one.id_in("run-1"), elsewhere.id_in("run-1"), one.id_in("run-2")}) == 3


# --- Quality ----------------------------------------------------------------------------------


def test_no_facts_have_no_quality(index: Index) -> None:
    assert assess([], QUESTION, index).score == 0


def test_quality_grows_with_coverage_sources_and_agreement(index: Index) -> None:
    facts = extract_facts(index.search(QUESTION, 5), QUESTION, index)
    one_source = [fact for fact in facts if fact.source == "locks.md"]
    weak, strong = assess(one_source, QUESTION, index), assess(facts, QUESTION, index)
    assert strong.score > weak.score
    assert strong.diversity > weak.diversity
    assert strong.agreement > weak.agreement == 0


def test_quality_does_not_grow_with_length(index: Index) -> None:
    short = Fact("A fencing token protects the storage.", "a.md", 0.5)
    padded = Fact(short.content + " It really does, and that again and again." * 20, "a.md", 0.5)
    assert assess([short], QUESTION, index) == assess([padded], QUESTION, index)


def test_it_tells_which_terms_no_fact_mentions() -> None:
    fact = Fact("A fencing token grows.", "a.md", 0.5)
    assert uncovered([fact], terms("fencing token lease")) == [stem("lease")]


# --- Checking ---------------------------------------------------------------------------------


def verify(facts: Sequence[str], source: str) -> FactsVerdict:
    """The product's own verdicts, without a server between."""
    answer = verify_facts(VerifyFactsRequest(facts=list(facts), source=source))
    return msgspec.convert(msgspec.to_builtins(answer), FactsVerdict)


def test_a_quoted_sentence_is_verified() -> None:
    (check,) = check_against_text(verify, [LOCKS.text.split("\n")[0]], LOCKS.text)
    assert (check.confidence, check.is_verified, check.issues) == (1.0, True, ())


@pytest.mark.parametrize(
    "statement",
    [
        "A fencing token is not a number and shrinks with every lease of the lock.",
        "Pasta is boiled in salted water by the storage.",
        "",
    ],
)
def test_what_the_source_does_not_say_is_refused(statement: str) -> None:
    (check,) = check_against_text(verify, [statement], LOCKS.text)
    assert not check.is_verified
    assert check.issues


def test_it_reads_the_source_again_from_disk(tmp_path: Path) -> None:
    statement = "A lease is a lock that expires."
    note = tmp_path / "note.md"
    note.write_text(f"# Leases\n\n{statement}")
    assert check_facts(verify, [statement], tmp_path, "note.md")[0].is_verified
    note.write_text("# Leases\n\nSomething else is written here now.")
    assert not check_facts(verify, [statement], tmp_path, "note.md")[0].is_verified
    note.unlink()
    assert "not there" in check_facts(verify, [statement], tmp_path, "note.md")[0].issues[0]


def test_a_fact_that_needs_the_sentence_before_it_is_disputed(tmp_path: Path) -> None:
    (tmp_path / "note.md").write_text("A lease expires. This keeps others from waiting forever.")
    said = ["A lease expires.", "This keeps others from waiting forever."]
    whole, pointing = check_facts(verify, said, tmp_path, "note.md")
    assert whole.is_verified
    assert not pointing.is_verified
    assert "this" in pointing.issues[0]


# --- Answers and questions --------------------------------------------------------------------

FACTS = [
    Fact("A fencing token is a number that grows with every lease.", "a.md", 0.9),
    Fact("A lease is a lock that expires after its time.", "b.md", 0.8),
]


def test_an_answer_of_quotes_is_supported() -> None:
    assert check_answer(verify, quote_facts("?", FACTS), FACTS).confidence == 1.0


def test_an_invented_answer_is_found_out() -> None:
    check = check_answer(verify, "The moon is made of a very old green cheese.", FACTS)
    assert not check.is_verified
    assert "moon" in check.issues[0]


def test_it_says_when_nothing_was_found() -> None:
    assert "Nothing" in quote_facts("?", [])


def test_it_loads_an_answer_function_by_name() -> None:
    assert load_answer_function("research_team.answering:quote_facts") is quote_facts


@pytest.mark.parametrize("name", ["nothing", "no_such_module:f", "json:no_such", "math:pi"])
def test_it_says_when_there_is_no_such_function(name: str) -> None:
    with pytest.raises(AnswerFunctionError, match=name):
        load_answer_function(name)


def test_questions_never_end_and_come_from_the_headings(index: Index) -> None:
    found = list(islice(questions_about(index, ["First?"]), 10))
    assert found[0] == "First?"
    assert "What is there to know about Fencing tokens?" in found
    assert len(found) == 10
