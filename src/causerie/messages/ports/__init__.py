"""What messages need: a place to keep them, and somebody who looks at the text."""

from causerie.messages.ports.around import AroundStore
from causerie.messages.ports.judging import Judgement, Screening
from causerie.messages.ports.messages import Changed, Found, MessageStore
from causerie.messages.ports.moves import Moves
from causerie.messages.ports.people import Names, Senders
from causerie.messages.ports.scheduled import DueMessages, ScheduleStore
from causerie.messages.ports.search import Asked, SearchIndex, SearchStore
from causerie.messages.ports.sending import Outgoing, SendDone
from causerie.messages.ports.speaking import RoomLimit, SendLimit, Voices
from causerie.messages.ports.threads import ThreadStore
from causerie.messages.ports.topics import Topics

__all__ = [
    "AroundStore",
    "Asked",
    "Changed",
    "DueMessages",
    "Found",
    "Judgement",
    "MessageStore",
    "Moves",
    "Names",
    "Outgoing",
    "RoomLimit",
    "ScheduleStore",
    "Screening",
    "SearchIndex",
    "SearchStore",
    "SendDone",
    "SendLimit",
    "Senders",
    "ThreadStore",
    "Topics",
    "Voices",
]
