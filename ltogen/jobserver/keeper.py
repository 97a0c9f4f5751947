"""Runs a command under a pool, and ends all processes that it started.

Two processes watch the command and each other: the front, which the user started, and its child,
the keeper, which has the pool. Both adopt orphaned descendants. The keeper gets a signal when the
front dies; the front waits for the keeper.
"""

from __future__ import annotations

import ctypes
import os
import select
import signal
import sys
import time
from collections.abc import Callable, Mapping
from types import FrameType

from ltogen.jobserver import processes

_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36
_PATIENCE = 3.0  # seconds that a process has to end by itself
_PASSED_ON = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)


class Job:
    """The command to run, and the callbacks while it runs.

    `look` is called every `interval` seconds, and as soon as `descriptor` can be read; `end` when
    the command has ended.
    """

    def __init__(self, command: list[str], environment: Mapping[str, str], keep: tuple[int, ...],
                 look: Callable[[], None], interval: float, descriptor: int = -1,
                 end: Callable[[], None] = lambda: None) -> None:
        self.command, self.environment, self.keep = command, environment, keep
        self.look, self.interval, self.descriptor, self.end = look, interval, descriptor, end


def run(prepare: Callable[[], Job]) -> int:
    """Run the job that `prepare` makes in the keeper; its exit status.

    The status is 127 for a command that cannot be run, and 128 and the signal for one killed.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    _adopt()
    front = os.getpid()
    keeper = os.fork()
    if keeper == 0:
        status = 1
        try:
            status = _keep(prepare(), front)
        finally:
            sys.stderr.flush()
            os._exit(status)
    return _wait(keeper)


def _adopt() -> None:
    """Make this process the parent of orphaned descendants."""
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _wait(keeper: int) -> int:
    def pass_on(number: int, frame: FrameType | None) -> None:
        os.kill(keeper, number)

    for number in _PASSED_ON:
        signal.signal(number, pass_on)
    while True:
        process, status = os.waitpid(-1, 0)
        if process == keeper:
            break
    code = os.waitstatus_to_exitcode(status)
    if code < 0:
        end_all()  # what it would have ended
        return 128 - code
    return code


def _keep(job: Job, front: int) -> int:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    _adopt()
    woken, wake = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
    received: list[int] = []
    for number in (*_PASSED_ON, signal.SIGCHLD):
        signal.signal(number, lambda number, frame: received.append(number))
    signal.set_wakeup_fd(wake)
    for descriptor in job.keep:
        os.set_inheritable(descriptor, True)
    try:
        command = os.posix_spawnp(job.command[0], job.command, job.environment,
                                  setsigdef=(*_PASSED_ON, signal.SIGCHLD, signal.SIGPIPE))
    except OSError as error:
        print(f"ltogen: {job.command[0]}: cannot run: {error.strerror}", file=sys.stderr)
        return 127
    for descriptor in job.keep:
        os.set_inheritable(descriptor, False)
    code = _attend(job, command, front, received, woken)
    if code != 0 or any(number != signal.SIGCHLD for number in received):
        end_all()
    job.end()
    return code if code >= 0 else 128 - code


def _attend(job: Job, command: int, front: int, received: list[int], woken: int) -> int:
    """Watch the job until the command ends; its exit code."""
    poll = select.poll()
    for descriptor in (woken, job.descriptor):
        if descriptor >= 0:
            poll.register(descriptor, select.POLLIN)
    passed = 0
    deadline = 0.0
    while True:
        code = _reap(command)
        if code is not None:
            return code
        signals = [number for number in received if number != signal.SIGCHLD]
        for number in signals[passed:]:
            _pass_on(number, command)
            deadline = deadline or time.monotonic() + _PATIENCE
        passed = len(signals)
        if deadline and time.monotonic() > deadline and _must_end(signals, front):
            end_all()
        job.look()
        poll.poll(job.interval * 1000)
        _drain(woken)


def _pass_on(number: int, command: int) -> None:
    """Pass a signal on; a terminal has already sent an interrupt to all processes."""
    if number not in (signal.SIGINT, signal.SIGQUIT):
        _kill(command, number)
    elif not _in_foreground():
        for process in processes.below(os.getpid()):
            _kill(process, number)


def _in_foreground() -> bool:
    try:
        terminal = os.open("/dev/tty", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp()
    except OSError:
        return False
    finally:
        os.close(terminal)


def _must_end(signals: list[int], front: int) -> bool:
    """Whether the command must end now: after an interrupt it gets time to clean up."""
    return os.getppid() != front or signal.SIGTERM in signals


def _drain(descriptor: int) -> None:
    try:
        while os.read(descriptor, 4096):
            pass
    except BlockingIOError:
        return


def _reap(command: int) -> int | None:
    """Reap the children that ended; the command's exit code if it was one of them."""
    code = None
    while True:
        try:
            process, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return code
        if process == 0:
            return code
        if process == command:
            code = os.waitstatus_to_exitcode(status)


def end_all() -> None:
    """End all descendants: with SIGTERM first, then SIGKILL."""
    deadline = time.monotonic() + _PATIENCE
    asked: set[int] = set()
    while True:
        _reap(0)
        left = processes.below(os.getpid())
        if not left:
            return
        late = time.monotonic() > deadline
        for process in left:
            if late or process not in asked:
                asked.add(process)
                _kill(process, signal.SIGKILL if late else signal.SIGTERM)
        time.sleep(0.01)


def _kill(process: int, number: int) -> None:
    try:
        os.kill(process, number)
    except ProcessLookupError:
        return
