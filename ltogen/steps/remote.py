"""An edge of a backend that the build's client process runs elsewhere, or here.

One client process serves all edges of one Ninja: the first edge starts it, and it ends with that
Ninja. An edge hands over its command and waits. The answer is that the output is there, that the
command failed, or that it has to run here: then it replaces this process.

The socket is an abstract one, named after the Ninja. Who binds it first starts the process, which
inherits it; so no edge comes too early, and none starts a second one.

This starts once for each backend, so it loads what Python has in itself: `os` alone would cost a
tenth of all that an edge takes. `remote_edge.py` runs it.
"""

import _socket
import marshal
import posix
import sys

# What an answer begins with; then come the status, and the length of the text in 4 bytes.
DONE, HERE = b"d", b"h"
HEAD = 6
LENGTH = 4
_SHELLS = ("sh", "dash", "bash", "busybox")
_BACKLOG = 4096  # edges that wait for the process to start
_TRIES = 3


def main(arguments: list[str]) -> None:
    """Run the edge: where the server is, what starts the client process, `--`, and the command.

    Raises OSError where the command cannot be run here either.
    """
    where, at = arguments[0], arguments.index("--")
    process, command = arguments[1:at], arguments[at + 1:]
    for _ in range(_TRIES):
        connection = _connect(where, process)
        if connection is None:
            break
        answer = _ask(connection, command)
        if answer is None:
            continue  # the client process ended
        kind, status, text = answer
        sys.stderr.buffer.write(text)
        sys.stderr.flush()
        if kind == DONE:
            sys.exit(status)
        # As long as it is open, the processor is this command's.
        posix.set_inheritable(connection.fileno(), True)
        connection.detach()
        break
    posix.execv("/bin/sh" if command[0] == "sh" else command[0], command)


def _connect(where: str, process: list[str]) -> _socket.socket | None:
    """A connection to the client process of this Ninja; None if there can be none."""
    ninja = _ninja()
    name = f"\0ltogen-{posix.geteuid()}-{ninja}-{where}"[:100]
    try:
        connection = _open(name)
        if connection is None:
            _start(name, [*process, where, str(ninja[0])])
            connection = _open(name)
    except OSError:
        return None
    return connection


def _open(name: str) -> _socket.socket | None:
    connection = _new()
    try:
        connection.connect(name)
    except ConnectionRefusedError:
        connection.close()
        return None
    if owner(connection) != posix.geteuid():
        connection.close()
        raise PermissionError(name)
    return connection


def owner(connection: _socket.socket) -> int:
    """The user of the process at the other end."""
    found = connection.getsockopt(_socket.SOL_SOCKET, _socket.SO_PEERCRED, 12)
    return int.from_bytes(found[4:8], sys.byteorder)


def _new() -> _socket.socket:
    return _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)


def _start(name: str, command: list[str]) -> None:
    """Start the client process, unless another edge does."""
    listening = _new()
    try:
        listening.bind(name)
    except OSError:
        listening.close()
        return
    listening.listen(_BACKLOG)
    posix.set_inheritable(listening.fileno(), True)
    null = posix.open("/dev/null", posix.O_RDWR)
    # In a session of its own: an interrupt of the terminal is Ninja's, whose end it waits for.
    posix.posix_spawn(command[0], [*command, str(listening.fileno())], posix.environ, setsid=True,
                   file_actions=[(posix.POSIX_SPAWN_DUP2, null, number) for number in range(3)])
    posix.close(null)
    listening.close()


def _ask(connection: _socket.socket, command: list[str]) -> tuple[bytes, int, bytes] | None:
    """The answer for a command; None if there was none."""
    asked = marshal.dumps((posix.getcwd(), command, posix.environ.get(b"LTOGEN_VERIFY", b"")))
    try:
        connection.sendall(len(asked).to_bytes(LENGTH, "little") + asked)
        head = _receive(connection, HEAD)
        text = _receive(connection, int.from_bytes(head[2:], "little"))
    except (OSError, EOFError):
        connection.close()
        return None
    return head[:1], head[1], text


def _receive(connection: _socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        more = connection.recv(size - len(data))
        if not more:
            raise EOFError
        data += more
    return data


def _ninja() -> tuple[int, str]:
    """The process that runs this edge, and when it started: numbers of processes come again.

    Between both may be shells.
    """
    process = posix.getppid()
    while True:
        name, above, started = _of(process)
        if name not in _SHELLS or above <= 1:
            return process, started
        process = above


def _of(process: int) -> tuple[str, int, str]:
    """The name of a process, its parent, and its start in ticks of the kernel's clock."""
    with open(f"/proc/{process}/stat", "rb") as file:
        head, _, rest = file.read().rpartition(b")")
    fields = rest.split()
    return head.partition(b"(")[2].decode(errors="replace"), int(fields[1]), fields[19].decode()

