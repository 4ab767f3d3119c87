"""Reads the metrics of all nodes, again and again, for ``causerie top``."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from causerie.assembly.watching.asking import Answered, Unanswered, ask
from causerie.assembly.watching.figures import Cluster, Figures, Node, figures_of, together
from causerie.foundation.telemetry.reading import Reading

MAX_NODES = 64  # Asked at once, a thread each; who has more has a Prometheus.


class Watch:
    """The nodes at these addresses; each ``look`` tells of the time since the one before.

    Raises ``ValueError`` for more than ``MAX_NODES``.
    """

    def __init__(
        self,
        urls: Sequence[str],
        *,
        token: str | None = None,
        fetch: Callable[..., Answered] = ask,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._urls = tuple(dict.fromkeys(url.rstrip("/") for url in urls))
        if len(self._urls) > MAX_NODES:
            raise ValueError(f"{MAX_NODES} addresses at most; a Prometheus takes more")
        self._token = token
        self._fetch = fetch
        self._monotonic = monotonic
        self._before: dict[str, Reading] = {}
        self._looked_at: float | None = None

    def look(self) -> Cluster:
        """Read all of them now; who does not answer is among them with the reason."""
        now = self._monotonic()
        seconds = 0.0 if self._looked_at is None else now - self._looked_at
        with ThreadPoolExecutor(len(self._urls)) as threads:
            found = list(threads.map(self._read, self._urls))
        nodes: list[Node] = []
        pairs: list[tuple[Reading, Reading | None]] = []
        for url, reading in zip(self._urls, found, strict=True):
            if isinstance(reading, str):
                nodes.append(Node(url=url, problem=reading))
                self._before.pop(url, None)
                continue
            before = self._before.get(url)
            pairs.append((reading, before))
            nodes.append(Node(url=url, figures=figures_of(reading, before, seconds)))
            self._before[url] = reading
        self._looked_at = now
        known = [node.figures for node in nodes if node.figures is not None]
        return Cluster(nodes=tuple(nodes), together=_all(pairs, known, seconds))

    def _read(self, url: str) -> Reading | str:
        try:
            answer = self._fetch(f"{url}/metrics", token=self._token)
        except Unanswered as reason:
            return str(reason)
        if answer.status in {401, 403}:
            return "it wants a token (--token-file)"
        if answer.status != 200:
            return f"it answers {answer.status}"
        try:
            reading = Reading.of(answer.body.decode())
        except ValueError:
            return "what it shows are no metrics"
        if "chat_server_active_connections" not in reading.names:
            return "it is no Causerie"
        return reading


def _all(
    pairs: Sequence[tuple[Reading, Reading | None]], nodes: Sequence[Figures], seconds: float
) -> Figures | None:
    if not nodes:
        return None
    return nodes[0] if len(nodes) == 1 else together(pairs, nodes, seconds)
