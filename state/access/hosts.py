"""Which names this server answers to (ALLOWED_HOSTS), for every door."""

import ipaddress
from contextlib import suppress
from functools import lru_cache

from django.http.request import split_domain_port, validate_host

_NAME_CHARACTERS = 255  # of a domain (RFC 1035 §2.3.4), with room for a port


def host_allowed(host: str, patterns: tuple[str, ...]) -> bool:
    """Whether a request's Host is one of ours: its port and its letter case aside.

    ``patterns`` as ALLOWED_HOSTS has them; without any, names that nobody can point here.
    """
    return len(host) <= _NAME_CHARACTERS and _judge(host, patterns)


@lru_cache(1024)
def _judge(host: str, patterns: tuple[str, ...]) -> bool:
    domain, _ = split_domain_port(host)
    if not domain:
        return False  # no name at all
    if not patterns:
        return _is_out_of_reach(domain)
    return bool(validate_host(domain, patterns))


def _is_out_of_reach(domain: str) -> bool:
    """Whether nobody can point this name here from the public DNS (DNS rebinding).

    Addresses are no names, and names without a dot are nobody's to register.
    """
    if "." not in domain or domain.endswith(".localhost"):
        return True
    with suppress(ValueError):
        ipaddress.ip_address(domain.strip("[]"))
        return True
    return False
