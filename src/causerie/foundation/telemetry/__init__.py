"""What the operator sees: metrics and logs."""

from causerie.foundation.telemetry import metrics
from causerie.foundation.telemetry.logs import configure_logs
from causerie.foundation.telemetry.statistics import report_statistics

__all__ = ["configure_logs", "metrics", "report_statistics"]
