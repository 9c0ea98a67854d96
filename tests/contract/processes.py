"""What the kernel tells about a running server (Linux)."""

from pathlib import Path

from tests.rig.server import Server


def child_pids(pid: int) -> set[int]:
    """The direct children of a process; none when it is gone."""
    try:
        return {
            int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        }
    except (FileNotFoundError, ProcessLookupError):
        return set()


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that has ended and was not collected does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def resident_bytes(pid: int) -> int:
    """The memory a process holds."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    raise AssertionError(f"process {pid} holds no memory")


def has_read_everything(port: int) -> bool:
    """Whether whoever serves this port of 127.0.0.1 has accepted and read all that was sent."""
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        _, local, _, state, queues, _, _, _, _, inode, *_ = line.split()
        # The kernel makes the connection, and a socket without an inode waits to be accepted.
        is_unread = inode == "0" or not queues.endswith(":00000000")
        if local.endswith(f":{port:04X}") and state == "01" and is_unread:
            return False
    return True


def worker_pids(server: Server) -> set[int]:
    """The processes that answer: the children of a supervisor, or the one process."""
    return child_pids(server.process.pid) or {server.process.pid}
