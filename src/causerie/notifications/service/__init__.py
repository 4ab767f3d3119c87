"""What one can do with notifications, and what follows by itself."""

from causerie.notifications.service.desk import NotificationDesk
from causerie.notifications.service.digests import Digests
from causerie.notifications.service.noticing import Noticer
from causerie.notifications.service.publishing import Publisher
from causerie.notifications.service.pushing import Pusher

__all__ = ["Digests", "Noticer", "NotificationDesk", "Publisher", "Pusher"]
