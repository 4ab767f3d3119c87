"""How often somebody may do something: token buckets, alone or by key."""

from causerie.limits.model import Bucket, network_of
from causerie.limits.service import Limiter

__all__ = ["Bucket", "Limiter", "network_of"]
