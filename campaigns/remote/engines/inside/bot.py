"""A worker of a BuildGrid farm: takes leases, and has buildbox-run execute them, one at a time.

It works in the folder where it is started: its own buildbox-casd has its store there, and fetches
from the farm's what it does not have. All addresses of sockets are relative: they are to be short.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import grpc
from buildgrid._protos.build.bazel.remote.execution.v2 import remote_execution_pb2 as api
from buildgrid._protos.google.devtools.remoteworkers.v1test2 import bots_pb2 as bots
from buildgrid._protos.google.devtools.remoteworkers.v1test2 import bots_pb2_grpc as stubs
from buildgrid._protos.google.rpc import code_pb2 as codes

_STORE = "unix:casd.sock"
_RESULT = Path("result")
_ERROR = Path("result.error-status")  # the runner's: too late, or inputs are missing
_HEARTBEAT = 0.5
_DEADLINE = 30
# By the names that all know; an action that wants another waits for ever.
_PLATFORM = {"OSFamily": "linux", "ISA": os.uname().machine.replace("x86_64", "x86-64")}


class _Job:
    """A lease that is executed."""

    def __init__(self, lease: Any, runner: list[str], name: str) -> None:
        self.lease = lease
        self._name = name
        action = api.Action()
        lease.payload.Unpack(action)
        Path("action").write_bytes(action.SerializeToString())
        for left_over in (_RESULT, _ERROR):
            left_over.unlink(missing_ok=True)
        self.process = subprocess.Popen(
            [*runner, f"--remote={_STORE}", "--action=action",
             f"--action-result={_RESULT}"])

    def wait(self) -> None:
        """Wait a moment for the end, and then say in the lease what came of it."""
        try:
            status = self.process.wait(_HEARTBEAT)
        except subprocess.TimeoutExpired:
            return
        self.lease.state = bots.COMPLETED
        if _RESULT.exists():
            result = api.ActionResult.FromString(_RESULT.read_bytes())
            result.execution_metadata.worker = self._name
            self.lease.result.Pack(result)
        if _ERROR.exists():
            self.lease.status.ParseFromString(_ERROR.read_bytes())
        elif status or not _RESULT.exists():
            self.lease.status.code = codes.INTERNAL
            self.lease.status.message = f"the runner ended with {status}"
        print(f"executed {self.lease.id}", flush=True)

    def goes_on(self, lease: Any) -> bool:
        """Say whether the farm still wants it; after an error it may want the same again."""
        return (lease is not None and lease.id == self.lease.id
                and self.lease.state != bots.COMPLETED)

    def drop(self) -> None:
        """End what is executed; nobody wants it."""
        self.process.terminate()
        self.process.wait()


class _Bot:
    def __init__(self, options: argparse.Namespace) -> None:
        self._options = options
        self._farm = stubs.BotsStub(grpc.insecure_channel(options.farm))

    def serve(self) -> None:
        """Open a session, and execute what it gets, until the farm or the session is lost."""
        session = self._open()
        session.status = bots.OK
        job = None
        try:
            while True:
                session = self._update(session)
                lease = session.leases[0] if session.leases else None
                if job and not job.goes_on(lease):
                    job.drop()
                    job = None
                if lease and job is None:
                    job = _Job(lease, self._options.runner, self._options.name)
                if job:
                    job.wait()
                    session.leases[0].CopyFrom(job.lease)
        finally:
            if job:
                job.drop()

    def _open(self) -> Any:
        # As long as it is not well there is no work, and so the farm answers at once.
        machine = {"properties": [{"key": key, "value": value} for key, value in _PLATFORM.items()]}
        session = bots.BotSession(bot_id=self._options.name, status=bots.UNHEALTHY,
                                  worker={"devices": [machine]})
        session = self._farm.CreateBotSession(
            bots.CreateBotSessionRequest(parent=self._options.instance, bot_session=session),
            timeout=_DEADLINE)
        print(f"session {session.name}", flush=True)
        return session

    def _update(self, session: Any) -> Any:
        return self._farm.UpdateBotSession(
            bots.UpdateBotSessionRequest(name=session.name, bot_session=session),
            timeout=_DEADLINE)


def _start_store(options: argparse.Namespace) -> None:
    Path("casd.sock").unlink(missing_ok=True)
    store = subprocess.Popen([options.casd, f"--bind={_STORE}", f"--cas-remote={options.farm}",
                              f"--cas-instance={options.instance}", Path("store").absolute()])
    while not Path("casd.sock").exists():
        time.sleep(0.01)
        if store.poll() is not None:
            sys.exit("buildbox-casd does not start")


def main() -> None:
    """Serve a farm for ever."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("--farm", "--instance", "--name", "--casd"):
        parser.add_argument(name, required=True)
    parser.add_argument("runner", nargs="+")
    options = parser.parse_args()
    _start_store(options)
    bot = _Bot(options)
    while True:
        try:
            bot.serve()
        except grpc.RpcError as error:
            print(f"{error.code().name}: {error.details()}", file=sys.stderr, flush=True)
            time.sleep(0.2)


if __name__ == "__main__":
    main()
