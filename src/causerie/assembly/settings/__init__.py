"""The configuration: read once from files and variables, checked whole, passed on as sections."""

from causerie.assembly.settings.cache import EMBEDDED, CacheSettings
from causerie.assembly.settings.files import FilesSettings
from causerie.assembly.settings.grpc import GrpcSettings
from causerie.assembly.settings.issuer import TrustedIssuerSettings
from causerie.assembly.settings.kinds import Address, Network
from causerie.assembly.settings.load import Loaded, load
from causerie.assembly.settings.model import (
    DatabaseSettings,
    FeatureSettings,
    LimitsSettings,
    LoggingSettings,
    SecuritySettings,
    ServerSettings,
    Settings,
    TelemetrySettings,
    TestingSettings,
)
from causerie.assembly.settings.oidc import OidcSettings
from causerie.assembly.settings.problems import ConfigurationError
from causerie.assembly.settings.processes import is_one_process, process_count

__all__ = [
    "EMBEDDED",
    "Address",
    "CacheSettings",
    "ConfigurationError",
    "DatabaseSettings",
    "FeatureSettings",
    "FilesSettings",
    "GrpcSettings",
    "LimitsSettings",
    "Loaded",
    "LoggingSettings",
    "Network",
    "OidcSettings",
    "SecuritySettings",
    "ServerSettings",
    "Settings",
    "TelemetrySettings",
    "TestingSettings",
    "TrustedIssuerSettings",
    "is_one_process",
    "load",
    "process_count",
]
