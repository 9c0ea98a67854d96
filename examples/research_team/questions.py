"""Endless questions that a corpus can answer."""

import itertools
import re
from collections.abc import Iterator, Sequence

from .index import Index
from .terms import terms

# About packages that are installed wherever the project is.
ABOUT_THE_INSTALLATION = (
    "How does Django Channels handle WebSocket connections and channel layers?",
    "How does django-axes track failed login attempts?",
    "How does npm install dependencies from a lockfile?",
    "How does Hypothesis find bugs with property-based tests?",
    "How does the Redis client connect to a cluster, and what are pipelines for?",
    "How does pytest-timeout interrupt a hanging test?",
    "How does mypy check the types of Django models and querysets?",
    "How does whitenoise serve static files in Python web apps?",
    "What do mocked requests and interceptors do in undici?",
    "How does asgiref convert between synchronous and asynchronous code?",
    "What does a proxy need for HTTP/2 connections?",
    "How are package signatures and provenance verified?",
    "How does semver compare versions and ranges?",
    "How does PostgreSQL run without root or Docker in Python tests?",
    "When is an embedded Valkey server a good fit for tests?",
    "How does WAMP do publish and subscribe and remote procedure calls?",
)
POOR = re.compile(r"[\d(=`$/]|--")  # versions, dates and code make poor questions
FEWEST_TERMS, MOST_TERMS = 2, 6


def questions_about(index: Index, first: Sequence[str] = ()) -> Iterator[str]:
    """The given questions, then one for each heading that says enough; over and over."""
    headings = (passage.heading for passage in index.passages)
    asked = dict.fromkeys(
        f"What is there to know about {heading.rstrip('.:?!')}?"
        for heading in headings
        if not POOR.search(heading) and FEWEST_TERMS <= len(set(terms(heading))) <= MOST_TERMS
    )
    # A stride visits all files early on, instead of one file's headings in a row.
    derived = list(asked)
    stride = max(1, len(derived) // 17)
    spread = [question for start in range(stride) for question in derived[start::stride]]
    every = [*first, *spread] or ["What is this about?"]
    yield from itertools.cycle(every)
