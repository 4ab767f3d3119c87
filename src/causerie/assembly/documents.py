"""Writes the documents that are made from the code: ``make docs``."""

from __future__ import annotations

from pathlib import Path

from causerie.accounts import DEFAULT_PERMISSIONS, PERMISSION_MEANINGS, Permission, Role
from causerie.assembly.settings.show import as_documentation, as_env_example
from causerie.foundation.errors import Code
from causerie.foundation.telemetry import metrics
from causerie.gateway.closing import CATALOGUE as CLOSE_CODES
from causerie.gateway.errors import MEANINGS
from causerie.gateway.grpc.refusals import STATUSES

_MADE = "by `make docs`; do not edit."


def documents() -> dict[str, str]:
    """Give the text of each document by its path in the repository."""
    return {
        ".env.example": as_env_example(),
        "docs/configuration.md": as_documentation(),
        "docs/metrics.md": _metrics(),
        "docs/codes.md": _codes(),
        "docs/permissions.md": _permissions(),
    }


def write_documents(root: Path) -> None:
    """Write all documents under the repository's root."""
    for path, text in documents().items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")


def _metrics() -> str:
    lines = [
        "# Metrics",
        "",
        f"Made from the catalogue in `foundation/telemetry/metrics/` {_MADE}",
        "",
        "`GET /metrics`, in Prometheus' text format; open on loopback, elsewhere with a token.",
        "Beside these: `process_*`, `python_gc_*` and `python_info` of the server process.",
        "",
        "| metric | type | labels | meaning |",
        "| --- | --- | --- | --- |",
    ]
    for metric in metrics.CATALOGUE:
        name, kind, meaning = metric.name, metric.kind, metric.documentation
        shown = ", ".join(f"`{label}`" for label in metric.labelnames) or "-"
        lines.append(f"| `{name}` | {kind} | {shown} | {meaning} |")
    return "\n".join(lines) + "\n"


def _codes() -> str:
    lines = [
        "# Codes",
        "",
        f"Made from `gateway/errors.py` and `gateway/closing.py` {_MADE}",
        "",
        "## Errors",
        "",
        "The `code` of a problem document (RFC 9457) over HTTP, of an `error` on a socket, and the",
        "`reason` of the `ErrorInfo` beside a status of gRPC.",
        "",
        "| code | HTTP status | gRPC status | meaning |",
        "| --- | --- | --- | --- |",
    ]
    lines += [
        f"| `{code}` | {MEANINGS[code].status} | `{STATUSES[code].name}` | {MEANINGS[code].title} |"
        for code in Code
    ]
    lines += [
        "",
        "`invalid` is 400 where the request could not be read at all.",
        "",
        "## Closing a WebSocket",
        "",
        "| code | name | meaning | come back? |",
        "| --- | --- | --- | --- |",
    ]
    lines += [
        f"| {entry.code} | `{entry.name}` | {entry.meaning} | {entry.reconnect.replace('_', ' ')} |"
        for entry in CLOSE_CODES.values()
    ]
    return "\n".join(lines) + "\n"


def _permissions() -> str:
    lines = [
        "# Permissions",
        "",
        f"Made from `accounts/model/permissions.py` {_MADE}",
        "",
        "What a role can be allowed, and what the four roles of every server are allowed at first:",
        "what they are allowed later, who has `roles.manage` says ([accounts.md](accounts.md#roles)).",
        "`GET /api/v2/me/permissions` says one's own. What a room's owners and admins may do there",
        "needs none of these.",
        "",
        f"| permission | allows | {' | '.join(Role)} |",
        f"| --- | --- |{' --- |' * len(Role)}",
    ]
    for permission in Permission:
        given = ["yes" if permission in DEFAULT_PERMISSIONS[role] else "" for role in Role]
        lines.append(
            f"| `{permission}` | {PERMISSION_MEANINGS[permission]} | {' | '.join(given)} |"
        )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    write_documents(Path.cwd())
