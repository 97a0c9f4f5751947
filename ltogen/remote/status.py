"""The noun: how a call ended, in words, with what the server adds for programs."""

from __future__ import annotations

from typing import Any

import grpc
from google.protobuf.message import DecodeError
from msgspec import Struct

from ltogen.remote.api import error_details_pb2, status_pb2

_LONGEST = 300  # characters of what a server says
_DETAILS = "grpc-status-details-bin"
_CODES = {code.value[0]: code for code in grpc.StatusCode}
_WORDS = {
    grpc.StatusCode.OK: "all right",
    grpc.StatusCode.CANCELLED: "cancelled",
    grpc.StatusCode.UNKNOWN: "an error without a name",
    grpc.StatusCode.INVALID_ARGUMENT: "invalid argument",
    grpc.StatusCode.DEADLINE_EXCEEDED: "not in time",
    grpc.StatusCode.NOT_FOUND: "not found",
    grpc.StatusCode.ALREADY_EXISTS: "already there",
    grpc.StatusCode.PERMISSION_DENIED: "permission denied",
    grpc.StatusCode.RESOURCE_EXHAUSTED: "out of resources",
    grpc.StatusCode.FAILED_PRECONDITION: "a precondition is not met",
    grpc.StatusCode.ABORTED: "aborted",
    grpc.StatusCode.OUT_OF_RANGE: "out of range",
    grpc.StatusCode.UNIMPLEMENTED: "not implemented",
    grpc.StatusCode.INTERNAL: "internal error",
    grpc.StatusCode.UNAVAILABLE: "unavailable",
    grpc.StatusCode.DATA_LOSS: "data lost",
    grpc.StatusCode.UNAUTHENTICATED: "not authenticated",
}


class Status(Struct, frozen=True):
    """A code, what the server says about it, and details as messages that are packed."""

    code: grpc.StatusCode
    message: str = ""
    details: tuple[Any, ...] = ()

    @property
    def words(self) -> str:
        """One line."""
        said = " ".join(self.message.split())
        if len(said) > _LONGEST:
            said = said[:_LONGEST] + "…"
        return f"{_WORDS[self.code]}: {said}" if said else _WORDS[self.code]

    @property
    def missing(self) -> frozenset[str]:
        """Hashes of contents that the server wants before it can go on."""
        failure = error_details_pb2.PreconditionFailure()
        violations = failure.violations if _unpack(self.details, failure) else ()
        return frozenset(found for violation in violations if violation.type == "MISSING"
                         and (found := _hash_in(violation.subject)))

    @property
    def delay(self) -> float:
        """How many seconds the server wants to be left alone."""
        info = error_details_pb2.RetryInfo()
        _unpack(self.details, info)
        return max(0.0, info.retry_delay.seconds + info.retry_delay.nanos / 1e9)


def of_error(error: grpc.aio.AioRpcError) -> Status:
    """The status that a call raised."""
    details: tuple[Any, ...] = ()
    for name, value in error.trailing_metadata() or ():
        if name == _DETAILS and isinstance(value, bytes):
            details = _details(value)
    return Status(error.code(), error.details() or "", details)


def of_message(message: status_pb2.Status) -> Status:
    """A status that was sent inside an answer."""
    code = _CODES.get(message.code, grpc.StatusCode.UNKNOWN)
    return Status(code, message.message, tuple(message.details))


def _details(value: bytes) -> tuple[Any, ...]:
    try:
        return tuple(status_pb2.Status.FromString(value).details)
    except DecodeError:
        return ()


def _unpack(details: tuple[Any, ...], into: Any) -> bool:
    """Read the one of `details` that is of the kind of `into`."""
    name = "google.rpc." + into.DESCRIPTOR.name
    for packed in details:
        if packed.type_url.rpartition("/")[2] == name:
            try:
                into.MergeFromString(packed.value)
            except DecodeError:
                return False
            return True
    return False


def _hash_in(subject: str) -> str:
    """`blobs/HASH/SIZE`; some servers put an instance before it."""
    words = subject.split("/")
    return words[-2] if len(words) > 2 and words[-3] == "blobs" else ""
