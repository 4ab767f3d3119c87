"""The tables of webhooks."""

from causerie.webhooks.store.deliveries import StoredDeliveries
from causerie.webhooks.store.endpoints import StoredEndpoints
from causerie.webhooks.store.incoming import StoredIncoming

__all__ = ["StoredDeliveries", "StoredEndpoints", "StoredIncoming"]
