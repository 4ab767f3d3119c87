"""Who is refused, limited or shut out, and what the filter finds."""

from __future__ import annotations

from causerie.foundation.errors import Check
from causerie.foundation.telemetry.counters import (
    Counter,
    Gauge,
    LabelledCounter,
    ManyLabelledCounter,
)
from causerie.foundation.telemetry.exposition import Together
from causerie.foundation.telemetry.metrics.registry import REGISTRY

AUTH_ATTEMPTS = LabelledCounter(
    "chat_server_auth_attempts_total",
    "Attempts to register, log in, refresh, or connect with credentials, by result.",
    REGISTRY,
    label="result",
    known=("success", "failure"),
)
TOKEN_REUSES = Counter(
    "chat_server_token_reuses_total",
    "Spent refresh tokens that came back; each one ended its session.",
    REGISTRY,
)
MAILS = LabelledCounter(
    "chat_server_mails_total",
    "Letters about accounts: sent, failed for now, or given up.",
    REGISTRY,
    label="result",
    known=("sent", "failed", "given_up"),
)
RATE_LIMITED = LabelledCounter(
    "chat_server_rate_limited_total", "Refusals by a limit, by its name.", REGISTRY, label="limit"
)

SECURITY_REFUSALS = LabelledCounter(
    "chat_server_security_refusals_total",
    "Requests, commands and upgrades that a security check refused, by the check.",
    REGISTRY,
    label="check",
    known=tuple(Check),
)
SECURITY_EVENTS = ManyLabelledCounter(
    "chat_server_security_events_total",
    "Security events raised, by severity and kind.",
    REGISTRY,
    labels=("severity", "kind"),
)
SECURITY_EVENTS_DROPPED = Counter(
    "chat_server_security_events_dropped_total",
    "Security events that were logged and counted but not stored: too many waited for the database.",
    REGISTRY,
)
FILTER_HITS = LabelledCounter(
    "chat_server_filter_hits_total",
    "Findings of the content filter in texts that it flagged or refused, by rule.",
    REGISTRY,
    label="rule",
)
FILTER_VERDICTS = LabelledCounter(
    "chat_server_filter_verdicts_total",
    "Texts that the content filter flagged or refused.",
    REGISTRY,
    label="action",
    known=("flagged", "refused"),
)
FILTER_RECORDS_LOST = Counter(
    "chat_server_filter_records_lost_total",
    "Verdicts that were not recorded, since too many waited for the database.",
    REGISTRY,
)

LIMITS_TIGHTNESS = Gauge(
    "chat_server_limits_tightness",
    "The part of what limits allow that is allowed under the load of now; 1: all of it.",
    REGISTRY,
    together=Together.LEAST,
)
LIMITS_TIGHTNESS.set(1)
BLOCKS = LabelledCounter(
    "chat_server_blocks_total",
    "Users, addresses and API keys that were shut out for a while, by the rule that saw why.",
    REGISTRY,
    label="rule",
)
BLOCKS_ACTIVE = Gauge(
    "chat_server_blocks_active",
    "Blocks in force, as this process knows them.",
    REGISTRY,
    together=Together.MOST,
)
