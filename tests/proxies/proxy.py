"""Starts a proxy with the configuration that docs/operations.md shows."""

import re
import shutil
import ssl
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.rig.environment import REPOSITORY
from tests.rig.ports import accepts_connections, free_port
from tests.rig.waiting import wait_for
from tools.child_process import ChildProcess

USER, PASSWORD = "operator", "at the door"
HOST = "localhost"
_PATH = "/usr/sbin:/usr/bin:/bin:/usr/local/bin"  # servers are where users do not look
_NGINX = """
daemon off;
master_process off;
pid nginx.pid;
error_log stderr;
events {{}}
http {{
    access_log off;
    client_body_temp_path body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
{snippet}
}}
"""


def missing_program(*programs: str) -> str | None:
    """The first program that is not installed; Debian has a package of each name."""
    return next((name for name in programs if shutil.which(name, path=_PATH) is None), None)


def snippet(language: str, replacements: Mapping[str, str]) -> str:
    """The configuration of the page, with the addresses and files of this test."""
    page = (REPOSITORY / "docs" / "operations.md").read_text()
    found = re.findall(rf"```{language}\n(.*?)```", page, re.DOTALL)
    assert len(found) == 1, f"{len(found)} snippets of {language}"
    text: str = found[0]
    for shown, used in replacements.items():
        assert shown in text, shown
        text = text.replace(shown, used)
    return text


def trust_anything() -> ssl.SSLContext:
    """For a certificate that was made a moment ago."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def make_certificate(directory: Path) -> tuple[Path, Path]:
    """A certificate and its key."""
    certificate, key = directory / "app.crt", directory / "app.key"
    making = "openssl req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=localhost".split()
    subprocess.run(
        [*making, "-keyout", str(key), "-out", str(certificate)], check=True, capture_output=True
    )
    return certificate, key


@contextmanager
def nginx(directory: Path, server_port: int) -> Iterator[int]:
    """nginx before a server; yields its port."""
    port = free_port()
    certificate, key = make_certificate(directory)
    passwords = directory / "htpasswd"
    passwords.write_text(f"{USER}:{{PLAIN}}{PASSWORD}\n")
    replacements = {
        "server 127.0.0.1:8000;": f"server 127.0.0.1:{server_port};",
        "listen 443 ssl;": f"listen 127.0.0.1:{port} ssl;",
        "server_name app.example.org;": f"server_name {HOST};",
        "/etc/ssl/app.example.org.crt": str(certificate),
        "/etc/ssl/app.example.org.key": str(key),
        "/etc/nginx/lightning.htpasswd": str(passwords),
    }
    configuration = directory / "nginx.conf"
    configuration.write_text(_NGINX.format(snippet=snippet("nginx", replacements)))
    with _running(["nginx", "-p", str(directory), "-c", str(configuration)], directory, port):
        yield port


@contextmanager
def haproxy(directory: Path, server_port: int) -> Iterator[int]:
    """HAProxy before a server and one that is not there; yields its port."""
    port = free_port()
    certificate, key = make_certificate(directory)
    both = directory / "both.pem"
    both.write_text(certificate.read_text() + key.read_text())
    replacements = {
        "bind :443": f"bind 127.0.0.1:{port}",
        "/etc/haproxy/app.example.org.pem": str(both),
        "10.0.0.11:8000": f"127.0.0.1:{server_port}",
        "10.0.0.12:8000": f"127.0.0.1:{free_port()}",
    }
    configuration = directory / "haproxy.cfg"
    configuration.write_text(snippet("haproxy", replacements))
    with _running(["haproxy", "-f", str(configuration)], directory, port):
        yield port


@contextmanager
def _running(command: list[str], directory: Path, port: int) -> Iterator[None]:
    process = ChildProcess(
        command,
        environment={"PATH": _PATH},
        directory=directory,
        log_path=directory / "proxy.log",
    )
    try:
        wait_for(
            lambda: process.is_running and accepts_connections(port),
            what=f"{command[0]} listening\n{process.log_tail(20)}",
        )
        yield
    finally:
        process.end()
