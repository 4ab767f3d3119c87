"""What a cluster does is worked out from two looks at its nodes."""

from __future__ import annotations

import pytest

from causerie.assembly.watching.asking import Answered, Unanswered
from causerie.assembly.watching.top import MAX_NODES, Watch


def shown(
    *, connections: int = 0, deliveries: int = 0, database: int = 1, redis: tuple[int, int] = (0, 0)
) -> bytes:
    return (
        f"# TYPE chat_server_active_connections gauge\nchat_server_active_connections {connections}\n"
        f"# TYPE chat_server_deliveries counter\nchat_server_deliveries_total {deliveries}\n"
        f"# TYPE chat_server_database_up gauge\nchat_server_database_up {database}\n"
        f"# TYPE chat_server_cache_configured gauge\nchat_server_cache_configured {redis[0]}\n"
        f"# TYPE chat_server_cache_up gauge\nchat_server_cache_up {redis[1]}\n"
        '# TYPE chat_server_worker_up gauge\nchat_server_worker_up{worker="mail"} 0\n'
    ).encode()


class Nodes:
    """Addresses and what they show, at a time that a test owns."""

    def __init__(self, **shown: bytes | int) -> None:
        self.shown = shown
        self.now = 100.0
        self.watch = Watch(
            [f"http://{name}" for name in shown], fetch=self.fetch, monotonic=lambda: self.now
        )

    def fetch(self, url: str, *, token: str | None) -> Answered:
        found = self.shown[url.removeprefix("http://").removesuffix("/metrics")]
        if isinstance(found, int):
            if not found:
                raise Unanswered("nobody listens there")
            return Answered(found, {}, b"")
        return Answered(200, {}, found)


def test_rates_are_of_the_time_between_two_looks() -> None:
    nodes = Nodes(a=shown(deliveries=1000))
    first = nodes.watch.look().together
    nodes.shown["a"], nodes.now = shown(deliveries=1500), 102.0
    second = nodes.watch.look().together

    assert first is not None
    assert second is not None
    assert first.deliveries_per_second == 0
    assert second.deliveries_per_second == 250


def test_a_node_that_was_started_anew_has_no_negative_rate() -> None:
    nodes = Nodes(a=shown(deliveries=1000))
    nodes.watch.look()
    nodes.shown["a"], nodes.now = shown(deliveries=10), 101.0
    after = nodes.watch.look().together

    assert after is not None
    assert after.deliveries_per_second == 10


def test_a_cluster_is_the_sum_of_its_nodes_and_as_well_as_the_worst() -> None:
    nodes = Nodes(
        a=shown(connections=3, redis=(1, 1)), b=shown(connections=4, database=0, redis=(1, 0))
    )
    together = nodes.watch.look().together

    assert together is not None
    assert together.connections == 7
    assert together.database == "down"
    assert together.redis == "away"
    assert together.workers_down == ("mail",)


@pytest.mark.parametrize(
    ("found", "problem"),
    [
        (0, "nobody listens there"),
        (401, "it wants a token (--token-file)"),
        (502, "it answers 502"),
        (b"<html>", "what it shows are no metrics"),
        (b"# TYPE up gauge\nup 1\n", "it is no Causerie"),
    ],
)
def test_a_node_without_figures_is_shown_with_the_reason(found: bytes | int, problem: str) -> None:
    cluster = Nodes(a=shown(connections=1), b=found).watch.look()

    assert [node.problem for node in cluster.nodes] == [None, problem]
    assert not cluster.is_whole
    assert cluster.together is not None
    assert cluster.together.connections == 1


def test_more_nodes_than_are_asked_at_once_are_refused_and_not_left_out() -> None:
    with pytest.raises(ValueError, match=str(MAX_NODES)):
        Watch([f"http://node{n}" for n in range(MAX_NODES + 1)])
