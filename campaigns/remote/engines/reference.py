"""A client that is not ltogen's: what it sees of an engine is the engine's doing."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from campaigns.remote.engines.access import Access
from campaigns.remote.engines.tools import Tools

_PROGRAM = Path(__file__).parent / "inside/client.py"


@dataclass(frozen=True)
class Answer:
    """What came of an action. `outputs` are sizes by path; `error` begins with gRPC's code."""

    error: str
    cached: bool
    worker: str
    status: int
    stdout: str
    stderr: str
    outputs: dict[str, int]


@dataclass(frozen=True)
class Running:
    """An action that a client waits for."""

    process: subprocess.Popen[str]

    def answer(self, seconds: float = 60) -> Answer:
        """Wait for what comes of it."""
        text, _ = self.process.communicate(timeout=seconds)
        assert self.process.returncode == 0
        return Answer(**json.loads(text))


@dataclass(frozen=True)
class Action:
    """A command, the texts that it finds by path, and the files that it makes."""

    words: Sequence[str]
    inputs: Mapping[str, str] = field(default_factory=dict)
    outputs: Sequence[str] = ()


def start(tools: Tools, access: Access, action: Action) -> Running:
    """Have an action run."""
    process = subprocess.Popen([tools.python, _PROGRAM], text=True,
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdin is not None
    with process.stdin:
        json.dump({"access": asdict(access), **asdict(action)}, process.stdin, default=str)
    process.stdin = None
    return Running(process)


def run(tools: Tools, access: Access, action: Action) -> Answer:
    """Have an action run, and wait for it."""
    return start(tools, access, action).answer()
