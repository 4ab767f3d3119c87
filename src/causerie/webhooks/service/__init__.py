"""What one can do with webhooks."""

from causerie.webhooks.service.delivering import Deliverer
from causerie.webhooks.service.endpoints import EndpointDesk
from causerie.webhooks.service.gathering import Gatherer
from causerie.webhooks.service.incoming import IncomingDesk

__all__ = ["Deliverer", "EndpointDesk", "Gatherer", "IncomingDesk"]
