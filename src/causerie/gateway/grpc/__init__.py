"""gRPC for other services: calls are proven, counted and answered here; slices say what they do.

Imported only where it is switched on: the library takes 15 MB and a tenth of a second.
"""

from causerie.gateway.grpc.calls import Call, Gate, Method, Service, Streaming
from causerie.gateway.grpc.requests import require_id, write_key
from causerie.gateway.grpc.server import GrpcServer, GrpcSettings
from causerie.gateway.grpc.shaping import shaped
from causerie.gateway.grpc.tongue import NAME as STREAM_DIALECT
from causerie.gateway.grpc.tongue import StreamTongue, framed, words_of

__all__ = [
    "STREAM_DIALECT",
    "Call",
    "Gate",
    "GrpcServer",
    "GrpcSettings",
    "Method",
    "Service",
    "StreamTongue",
    "Streaming",
    "framed",
    "require_id",
    "shaped",
    "words_of",
    "write_key",
]
