"""Who may open a socket, and books that are right whatever becomes of it."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs
from typing_extensions import override

from causerie.foundation.errors import Unauthenticated
from causerie.foundation.identity import Principal, UserId
from causerie.foundation.realtime import Hub, MemoryBus, Tick
from causerie.gateway.addresses import TrustedProxies
from causerie.gateway.crew import Crew
from causerie.gateway.doors import Doors
from causerie.gateway.paths import Door
from causerie.gateway.ports import Admitted, Authenticator, Refused, UpgradeRequest
from causerie.gateway.room import Limits
from causerie.gateway.session import Dialect, Session, Work
from tests.fakes.attendance import NobodyCounts
from tests.fakes.sockets import FakeSocket
from tests.fakes.truth import ENCODERS, Truth
from tests.fakes.virtual_time import run_in_virtual_time

HOST = "chat.example:8080"


class Silent(Dialect):
    """Says nothing and hears nothing."""

    def __init__(self, name: str = "plain") -> None:
        self._name = name

    @property
    @override
    def name(self) -> str:
        return self._name

    @property
    @override
    def max_message_bytes(self) -> int:
        return 100

    @override
    def opened(self, session: Session) -> None:
        session.is_greeted = True

    @override
    def received(self, session: Session, payload: bytes) -> Work | None:
        return None

    @override
    def received_binary(self, session: Session, payload: bytes) -> Work | None:
        return None


class Passports(Authenticator):
    """A token ``5.home.a`` is of user 5, session ``home`` and ``jti`` ``a``; a ticket is spent."""

    def __init__(self) -> None:
        self.tickets = {"t1"}
        self.gate = asyncio.Event()
        self.gate.set()

    @override
    async def authenticate_bearer(self, token: str) -> Principal:
        await self.gate.wait()
        user, _, rest = token.partition(".")
        sid, _, jti = rest.partition(".")
        if not user.isdigit():
            raise Unauthenticated("The token does not hold")
        return Principal(UserId(int(user)), f"u{user}", "user", sid, jti, frozenset())

    @override
    def recall(self, token: str) -> None:
        return None

    @override
    async def redeem_ticket(self, ticket: str) -> Principal:
        await self.gate.wait()
        if ticket not in self.tickets:
            raise Unauthenticated("The ticket does not hold")
        self.tickets.remove(ticket)
        return Principal(UserId(9), "u9", "user", "sid", "", frozenset())


class Scene:
    """Doors with a hub and an authenticator behind them."""

    def __init__(
        self,
        *,
        in_all: int = 0,
        per_user: int = 0,
        per_address: int = 0,
        allowed_origins: Sequence[str] = (),
        is_https_asked_for: bool = False,
    ) -> None:
        self.passports = Passports()
        self.revoked: set[str] = set()
        self.hub = Hub(MemoryBus(), Truth(), ENCODERS)
        self.echo = FakeReceiver()
        self.banned: set[int] = set()
        self.doors = Doors(
            doors={
                "/ws/v2": Door(Silent(), {"b": Silent("of b"), "a": Silent("of a")}),
                "/ws/v1": Door(Silent()),
            },
            open_doors={"/ws/echo": lambda: self.echo},
            authenticator=self.passports,
            is_revoked=lambda principal: principal.session in self.revoked,
            is_banned=lambda user_id: user_id in self.banned,
            hub=self.hub,
            tick=Tick(asyncio.get_running_loop()),
            crew=Crew(),
            limits=Limits(in_all=in_all, per_user=per_user, per_address=per_address),
            allowed_origins=allowed_origins,
            trusted_proxies=TrustedProxies(["10.0.0.0/8"]),
            is_https_asked_for=is_https_asked_for,
            attendance=NobodyCounts(),
        )

    async def knock(self, token: str | None = "5", **traits: object) -> Admitted | Refused:
        return await self.doors.admit(request(token, **traits))

    async def enter(self, token: str = "5", **traits: object) -> FakeSocket:
        """Be admitted and open."""
        socket = FakeSocket(self.admitted(await self.knock(token, **traits)))
        socket.open()
        return socket

    @staticmethod
    def admitted(verdict: Admitted | Refused) -> Session:
        assert isinstance(verdict, Admitted)
        assert isinstance(verdict.receiver, Session)
        return verdict.receiver

    def is_empty(self) -> bool:
        """Whether the books say that nobody is here."""
        doors = self.doors
        return (doors.count, doors.by_user(), doors.by_address()) == (0, {}, {})


class FakeReceiver:
    """Stands behind an open door."""

    max_message_bytes = 100

    def on_open(self, peer: object) -> None: ...
    def on_text(self, payload: bytes) -> None: ...
    def on_binary(self, payload: bytes) -> None: ...
    def on_writable(self) -> None: ...
    def on_closed(self, code: int) -> None: ...


def request(token: str | None = "5", **traits: object) -> UpgradeRequest:
    fields: dict[str, object] = {
        "path": "/ws/v2",
        "query": {},
        "authorization": None if token is None else f"Bearer {token}",
        "origin": None,
        "host": HOST,
        "subprotocols": (),
        "client": "192.0.2.1",
        **traits,
    }
    return UpgradeRequest(**fields)  # type: ignore[arg-type] # a table of fields


def refusal(verdict: Admitted | Refused) -> tuple[int, str]:
    assert isinstance(verdict, Refused)
    problem = json.loads(verdict.body)
    assert problem["status"] == verdict.status
    return verdict.status, problem["code"]


@pytest.fixture
async def scene() -> Scene:
    return Scene()


# --- encryption ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("is_admitted", "traits"),
    [
        (False, {}),
        (True, {"is_secure": True}),
        (True, {"client": "10.0.0.1", "forwarded_proto": "https"}),
        (False, {"client": "10.0.0.1", "forwarded_proto": "http"}),
        (False, {"client": "127.0.0.1"}),
        (False, {"client": "127.0.0.1", "forwarded_proto": "https"}),
    ],
)
async def test_a_plain_socket_is_refused_where_encryption_is_asked_for(
    is_admitted: bool, traits: dict[str, object]
) -> None:
    verdict = await Scene(is_https_asked_for=True).knock("5", **traits)

    if is_admitted:
        assert isinstance(verdict, Admitted)
    else:
        assert refusal(verdict) == (403, "forbidden")


# --- credentials --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("authorization", "query", "user"),
    [
        ("Bearer 5", {}, 5),
        ("bearer  5 ", {}, 5),
        (None, {"token": "6"}, 6),
        (None, {"ticket": "t1"}, 9),
        (None, {"ticket": "t1", "token": "6"}, 9),
        ("Bearer 5", {"ticket": "t1", "token": "6"}, 5),
    ],
)
async def test_a_socket_is_its_users_by_header_token_or_ticket(
    scene: Scene, authorization: str | None, query: Mapping[str, str], user: int
) -> None:
    verdict = await scene.knock(None, authorization=authorization, query=query)

    assert scene.admitted(verdict).user_id == user


@pytest.mark.parametrize(
    ("authorization", "query"),
    [
        (None, {}),
        (None, {"token": ""}),
        (None, {"ticket": ""}),
        (None, {"ticket": "t2"}),
        (None, {"ticket": "t2", "token": "5"}),
        ("", {"token": "5"}),
        ("Bearer", {"token": "5"}),
        ("Bearer ", {}),
        ("Bearer    ", {}),
        ("Basic NTo1", {}),
        ("Bearer x", {"token": "5"}),
    ],
)
async def test_without_credentials_that_hold_nobody_is_admitted(
    scene: Scene, authorization: str | None, query: Mapping[str, str]
) -> None:
    verdict = await scene.knock(None, authorization=authorization, query=query)

    assert refusal(verdict) == (401, "unauthenticated")
    assert scene.is_empty()


async def test_a_ticket_opens_one_socket(scene: Scene) -> None:
    first, second = await asyncio.gather(
        *(scene.knock(None, query={"ticket": "t1"}) for _ in range(2))
    )

    assert isinstance(first, Admitted)
    assert refusal(second) == (401, "unauthenticated")


# --- paths, subprotocols, origins ---------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/nowhere", "/ws/v2/", "/WS/V2", ""])
async def test_behind_no_other_path_is_a_socket(scene: Scene, path: str) -> None:
    assert refusal(await scene.knock(path=path)) == (404, "not_found")


async def test_an_open_door_asks_for_nothing(scene: Scene) -> None:
    verdict = await scene.knock(None, path="/ws/echo", origin="https://elsewhere.example")

    assert verdict == Admitted(scene.echo)
    assert scene.is_empty()


@pytest.mark.parametrize(
    ("asked", "chosen", "tongue"),
    [
        ((), None, "plain"),
        (("x",), None, "plain"),
        (("x", "a"), "a", "of a"),
        (("a", "b"), "a", "of a"),
        (("b", "a"), "b", "of b"),
    ],
)
async def test_the_first_subprotocol_that_is_known_is_chosen_and_spoken(
    scene: Scene, asked: tuple[str, ...], chosen: str | None, tongue: str
) -> None:
    verdict = await scene.knock(subprotocols=asked)

    assert isinstance(verdict, Admitted)
    assert verdict.subprotocol == chosen
    assert scene.admitted(verdict).tongue.name == tongue


@pytest.mark.parametrize(
    "origin", [None, f"https://{HOST}", f"http://{HOST.upper()}", "https://App.example"]
)
async def test_no_origin_our_own_and_those_allowed_may_connect(origin: str | None) -> None:
    scene = Scene(allowed_origins=["https://app.Example"])

    assert isinstance(await scene.knock(origin=origin), Admitted)


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("https://elsewhere.example", HOST),
        ("https://chat.example", HOST),
        ("https://chat.example:8081", HOST),
        (f"https://{HOST}.elsewhere.example", HOST),
        (f"https://mia@{HOST}", HOST),
        ("http://app.example", HOST),
        ("null", HOST),
        ("", HOST),
        ("", ""),
        ("null", ""),
        ("http://[::1", HOST),
        ("http://[::1", ""),
        ("//\ud800", HOST),
    ],
)
async def test_a_foreign_origin_may_not_connect(origin: str, host: str) -> None:
    scene = Scene(allowed_origins=["https://app.example"])
    verdict = await scene.knock(origin=origin, host=host)

    assert refusal(verdict) == (403, "forbidden")
    assert scene.is_empty()


# --- limits -------------------------------------------------------------------------------------------


async def test_a_full_server_says_so() -> None:
    scene = Scene(in_all=2)
    await scene.knock("1")
    await scene.knock("2")

    assert refusal(await scene.knock("3")) == (503, "unavailable")


async def test_a_user_has_so_many_sockets_and_no_more() -> None:
    scene = Scene(per_user=2)
    await scene.knock("1")
    await scene.knock("1")
    verdict = await scene.knock("1")

    assert refusal(verdict) == (429, "rate_limited")
    assert isinstance(verdict, Refused)
    assert dict(verdict.headers)["retry-after"] == "30"
    assert isinstance(await scene.knock("2"), Admitted)


async def test_an_address_has_so_many_sockets_and_no_more() -> None:
    scene = Scene(per_address=1)
    await scene.knock("1")

    assert refusal(await scene.knock("2")) == (429, "rate_limited")
    assert isinstance(await scene.knock("2", client="192.0.2.2"), Admitted)


async def test_behind_a_trusted_proxy_the_address_is_the_clients() -> None:
    scene = Scene(per_address=1)
    await scene.knock(client="10.0.0.1", forwarded_for="192.0.2.7")

    assert scene.doors.by_address() == {"192.0.2.7": 1}
    assert isinstance(await scene.knock(client="10.0.0.1", forwarded_for="192.0.2.8"), Admitted)


@pytest.mark.parametrize(("in_all", "per_user", "per_address"), [(2, 0, 0), (0, 2, 0), (0, 0, 2)])
async def test_two_at_once_do_not_share_the_last_place(
    in_all: int, per_user: int, per_address: int
) -> None:
    scene = Scene(in_all=in_all, per_user=per_user, per_address=per_address)
    await scene.knock()
    scene.passports.gate.clear()
    waiting = [asyncio.create_task(scene.knock()) for _ in range(3)]
    await asyncio.sleep(0)
    scene.passports.gate.set()
    verdicts = [await task for task in waiting]

    assert sum(isinstance(verdict, Admitted) for verdict in verdicts) == 1
    assert scene.doors.count == 2


async def test_a_place_is_free_again_when_its_socket_is_gone() -> None:
    scene = Scene(in_all=1)
    socket = await scene.enter()
    full = await scene.knock()
    socket.go()

    assert refusal(full) == (503, "unavailable")
    assert isinstance(await scene.knock(), Admitted)


async def test_a_place_is_free_again_when_its_socket_never_opened() -> None:
    scene = Scene(in_all=1)
    scene.admitted(await scene.knock()).on_closed(1006)

    assert scene.is_empty()
    assert isinstance(await scene.knock(), Admitted)


async def test_an_upgrade_that_is_given_up_takes_no_place() -> None:
    scene = Scene(in_all=1)
    scene.passports.gate.clear()
    waiting = asyncio.create_task(scene.knock())
    await asyncio.sleep(0)
    waiting.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await waiting

    assert scene.is_empty()


async def test_a_second_word_of_an_end_takes_no_other_place(scene: Scene) -> None:
    socket = await scene.enter()
    await scene.enter()
    socket.go()
    assert isinstance(socket._receiver, Session)
    socket._receiver.on_closed(1006)

    assert scene.doors.by_user() == {5: 1}
    assert scene.doors.by_address() == {"192.0.2.1": 1}


async def test_the_log_says_who_came_from_where_and_how_it_ended() -> None:
    scene = Scene(per_user=1)
    with capture_logs() as lines:
        socket = await scene.enter(client="10.0.0.1", forwarded_for="192.0.2.7")
        await scene.knock(client="10.0.0.1", forwarded_for="192.0.2.7")
        socket.go()
    came, refused, left = lines

    assert (came["event"], came["user_id"], came["client"]) == ("connected", 5, "192.0.2.7")
    assert (left["event"], left["code"], left["reason"]) == ("disconnected", 1006, "abnormal")
    assert came["connection_id"] == left["connection_id"]
    assert (refused["event"], refused["code"]) == ("connection_refused", "rate_limited")
    assert (refused["reason"], refused["client"], refused["path"]) == (
        "Too many connections of this user",
        "192.0.2.7",
        "/ws/v2",
    )


async def test_a_refusal_logs_no_credentials_and_no_endless_path(scene: Scene) -> None:
    with capture_logs() as lines:
        await scene.knock("not-a-token", query={"token": "not-a-token"}, path="/" + "x" * 9000)
        await scene.knock("not-a-token", query={"ticket": "not-a-token"})

    assert len(lines) == 2
    assert "not-a-token" not in str(lines)
    assert len(str(lines)) < 1000


# --- ending -------------------------------------------------------------------------------------------


async def test_a_login_that_is_over_takes_its_sockets_along(scene: Scene) -> None:
    mine, other, theirs = [await scene.enter(token) for token in ("5.home", "5.work", "6.home")]
    scene.doors.end_session(UserId(5), "home")

    assert [s.close_code for s in (mine, other, theirs)] == [4401, None, None]


async def test_the_sockets_of_a_revoked_token_are_closed(scene: Scene) -> None:
    mine, other = [await scene.enter(token) for token in ("5.home.a", "5.home.b")]
    scene.doors.end_token("a")

    assert [s.close_code for s in (mine, other)] == [4401, None]


async def test_who_is_revoked_between_the_check_and_the_opening_does_not_stay(
    scene: Scene,
) -> None:
    socket = FakeSocket(scene.admitted(await scene.knock("5.home")))
    scene.revoked.add("home")
    scene.doors.end_session(UserId(5), "home")
    socket.open()
    readers = scene.hub.readers_of(UserId(5))
    socket.go()

    assert socket.close_code == 4401
    assert readers == ()
    assert scene.is_empty()


async def test_all_sockets_of_a_banned_user_are_closed(scene: Scene) -> None:
    mine, other, theirs = [await scene.enter(token) for token in ("5.home", "5.work", "6.home")]
    scene.doors.expel(UserId(5))

    assert [s.close_code for s in (mine, other, theirs)] == [4403, 4403, None]


async def test_who_is_banned_between_the_check_and_the_opening_does_not_stay(scene: Scene) -> None:
    socket = FakeSocket(scene.admitted(await scene.knock("5.home")))
    scene.banned.add(5)
    scene.doors.expel(UserId(5))
    socket.open()
    socket.go()

    assert socket.close_code == 4403
    assert scene.is_empty()


@pytest.mark.parametrize("is_on_its_way", [True, False])
async def test_nobody_is_admitted_once_the_doors_are_shut(
    scene: Scene, is_on_its_way: bool
) -> None:
    staying = await scene.enter()
    if is_on_its_way:
        scene.passports.gate.clear()
    knocking = asyncio.create_task(scene.knock())
    if is_on_its_way:
        await asyncio.sleep(0)
    scene.doors.shut()
    scene.passports.gate.set()
    verdict = await knocking

    assert refusal(verdict) == (503, "unavailable")
    assert staying.close_code is None
    assert scene.doors.count == 1


# --- the books ----------------------------------------------------------------------------------------


class Traffic:
    """Sockets on their ways in and out, and the books beside them."""

    def __init__(self) -> None:
        self.scene = Scene(in_all=5, per_user=2, per_address=3)
        self.admitted: list[FakeSocket] = []
        self.opened: list[FakeSocket] = []

    async def admit(self, number: int) -> None:
        token, client = f"{number}.s{number}", f"192.0.2.{number % 2}"
        verdict = await self.scene.knock(token, client=client)
        if isinstance(verdict, Admitted):
            self.admitted.append(FakeSocket(verdict.receiver))

    async def open(self, number: int) -> None:
        if self.admitted:
            self.opened.append(self.admitted.pop(number % len(self.admitted)))
            self.opened[-1].open()

    async def go(self, number: int) -> None:
        if self.opened:
            self.opened.pop(number % len(self.opened)).go()

    async def vanish(self, number: int) -> None:
        if self.admitted:
            self.admitted.pop(number % len(self.admitted)).go()

    async def expel(self, number: int) -> None:
        self.scene.doors.expel(UserId(number))

    async def revoke(self, number: int) -> None:
        self.scene.revoked.add(f"s{number}")

    def require_right_books(self) -> None:
        doors, here = self.scene.doors, len(self.admitted) + len(self.opened)
        by_user, by_address = doors.by_user().values(), doors.by_address().values()
        assert doors.count == sum(by_user) == sum(by_address) == here <= 5
        assert max(by_user, default=0) <= 2
        assert max(by_address, default=0) <= 3

    async def live(self, steps: list[tuple[str, int]]) -> None:
        for step, number in steps:
            await getattr(self, step)(number)
            self.require_right_books()
        for socket in (*self.admitted, *self.opened):
            socket.go()


STEPS = ("admit", "admit", "open", "go", "vanish", "expel", "revoke")


@settings(max_examples=150)
@given(st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 3)), max_size=40))
def test_the_books_are_right_whatever_happens(steps: list[tuple[str, int]]) -> None:
    async def scenario() -> None:
        traffic = Traffic()
        await traffic.live(steps)

        assert traffic.scene.is_empty()
        assert traffic.scene.hub._of_user == {}

    run_in_virtual_time(scenario())
