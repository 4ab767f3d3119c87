"""PROTOCOL, HTTP and Meaning: each promise, as a program hears it that knows nothing else."""

from __future__ import annotations

import json
import time
import urllib.parse
from collections.abc import Iterator

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from tests.e2e.outside import (
    CONVERSATION,
    MESSAGE,
    PASSWORD,
    SESSION,
    TIME,
    USER,
    Answer,
    Json,
    Person,
    at_once,
    call,
    fresh,
    newcomer,
    person_of,
    problem_of,
    wrong_fields,
)
from tests.measures import measured
from tests.processes import Causerie, a_causerie

ROOMS = "/api/v2/conversations"
NEVER = 2**63  # one more than the greatest id


@pytest.fixture(scope="module")
def racers() -> Iterator[tuple[Causerie, list[Answer]]]:
    """A server with keys of its own, at which twenty people arrived at the same moment."""
    with a_causerie(security__jwt_secret="") as server:
        body = {"password": PASSWORD, "email": "someone@example.org"}
        yield (
            server,
            at_once(
                20,
                lambda n: call(server, "POST", "/auth/register", {"username": f"r{n}", **body}),
            ),
        )


@pytest.fixture(scope="module")
def server(racers: tuple[Causerie, list[Answer]]) -> Causerie:
    return racers[0]


@pytest.fixture(scope="module")
def ann(server: Causerie) -> Person:
    return newcomer(server, "Ann")


@pytest.fixture(scope="module")
def bob(server: Causerie) -> Person:
    return newcomer(server, "Bob")


@pytest.fixture(scope="module")
def eve(server: Causerie) -> Person:
    """Somebody whom nobody invited."""
    return newcomer(server, "Eve")


# --- accounts --------------------------------------------------------------------------------------


def test_of_twenty_who_register_first_exactly_one_is_the_admin(
    racers: tuple[Causerie, list[Answer]],
) -> None:
    answers = racers[1]

    assert [answer.status for answer in answers] == [201] * 20
    roles = sorted(answer.body["user"]["role"] for answer in answers)
    assert roles == ["admin"] + ["user"] * 19
    assert len({answer.body["user"]["id"] for answer in answers}) == 20


def test_registering_answers_a_session_and_a_user_with_the_promised_fields(
    racers: tuple[Causerie, list[Answer]],
) -> None:
    made = racers[1][0].body

    assert set(made) == SESSION
    assert set(made["user"]) == USER
    assert (made["token_type"], made["expires_in"]) == ("Bearer", 900)
    assert TIME.match(made["user"]["created_at"])


@pytest.mark.parametrize("name", ["", "a" * 33, "a b", "é", "a/b", "a\n", "a\u0000", "@a", "a,b"])
def test_a_username_of_other_characters_or_length_is_invalid(server: Causerie, name: str) -> None:
    answer = call(server, "POST", "/auth/register", {"username": name, "password": PASSWORD})

    assert wrong_fields(answer) == ["username"]


@pytest.mark.parametrize("name", ["Z", "z" * 32, "0", "_.-A9"])
def test_a_username_of_the_allowed_characters_is_kept_as_written(
    server: Causerie, name: str
) -> None:
    answer = call(server, "POST", "/auth/register", {"username": name, "password": PASSWORD})

    assert answer.status == 201
    assert answer.body["user"]["username"] == name


def test_usernames_are_unique_without_case_and_log_in_in_any(server: Causerie, ann: Person) -> None:
    taken = call(server, "POST", "/auth/register", {"username": "aNN", "password": PASSWORD})
    entered = call(server, "POST", "/auth/login", {"username": "ANN", "password": PASSWORD})

    assert problem_of(taken) == (409, "conflict")
    assert (entered.status, entered.body["user"]) == (200, ann.user)


@pytest.mark.parametrize("password", ["", "seven77", "x" * 129, "password", "12345678"])
def test_a_short_long_or_trivial_password_is_refused(server: Causerie, password: str) -> None:
    answer = call(server, "POST", "/auth/register", {"username": fresh(), "password": password})

    assert wrong_fields(answer) == ["password"]


def test_a_wrong_password_and_an_unknown_account_have_the_same_answer(
    server: Causerie, ann: Person
) -> None:
    wrong = call(server, "POST", "/auth/login", {"username": "Ann", "password": "not this one"})
    nobody = call(server, "POST", "/auth/login", {"username": "Nobody", "password": PASSWORD})

    assert problem_of(wrong) == (401, "unauthenticated")
    assert wrong.body == nobody.body
    assert wrong.headers["WWW-Authenticate"].startswith("Bearer")


def test_logging_in_answers_what_registering_did(server: Causerie, ann: Person) -> None:
    answer = call(server, "POST", "/auth/login", {"username": "Ann", "password": PASSWORD})

    assert (answer.status, set(answer.body)) == (200, SESSION)
    assert ann.get("/api/v2/me") == answer.body["user"] == ann.user


def test_a_refresh_gives_new_tokens_for_the_same_user(server: Causerie) -> None:
    guest = newcomer(server)
    answer = call(server, "POST", "/auth/refresh", {"refresh_token": guest.refresh_token})

    assert (answer.status, set(answer.body)) == (200, SESSION)
    assert answer.body["refresh_token"] != guest.refresh_token
    assert answer.body["user"] == guest.user
    assert person_of(server, answer.body).get("/api/v2/me") == guest.user


def test_a_spent_refresh_token_ends_all_that_came_of_it(server: Causerie) -> None:
    guest = newcomer(server)
    spent = {"refresh_token": guest.refresh_token}
    fresher = person_of(server, call(server, "POST", "/auth/refresh", spent).body)

    reused = call(server, "POST", "/auth/refresh", spent)

    assert problem_of(reused) == (401, "unauthenticated")
    later = call(server, "POST", "/auth/refresh", {"refresh_token": fresher.refresh_token})
    assert problem_of(later) == (401, "unauthenticated")
    assert problem_of(fresher.call("GET", "/api/v2/me")) == (401, "unauthenticated")
    assert (
        call(server, "POST", "/auth/login", {"username": guest.name, "password": PASSWORD}).status
        == 200
    )


def test_of_ten_who_refresh_with_one_token_at_once_at_most_one_succeeds(server: Causerie) -> None:
    guest = newcomer(server)
    body = {"refresh_token": guest.refresh_token}
    answers = at_once(10, lambda _: call(server, "POST", "/auth/refresh", body).status)

    assert sorted(answers) in ([200] + [401] * 9, [401] * 10)


def test_logging_out_ends_the_session_at_once_and_no_other(server: Causerie) -> None:
    guest = newcomer(server)
    body = {"username": guest.name, "password": PASSWORD}
    other = person_of(server, call(server, "POST", "/auth/login", body).body)
    left = guest.call("POST", "/auth/logout")

    assert (left.status, left.text) == (204, "")
    assert problem_of(guest.call("GET", "/api/v2/me")) == (401, "unauthenticated")
    again = call(server, "POST", "/auth/refresh", {"refresh_token": guest.refresh_token})
    assert problem_of(again) == (401, "unauthenticated")
    assert other.call("GET", "/api/v2/me").status == 200


def test_a_ticket_is_for_sockets_and_no_bearer_token(ann: Person) -> None:
    answer = ann.call("POST", "/auth/ticket")

    assert (answer.status, set(answer.body)) == (200, {"ticket", "expires_in"})
    assert answer.body["expires_in"] == 30
    bearer = call(ann.server, "GET", "/api/v2/me", token=answer.body["ticket"])
    assert problem_of(bearer) == (401, "unauthenticated")


def test_a_code_that_nobody_asked_for_does_not_hinder_a_login(
    server: Causerie, ann: Person
) -> None:
    body = {"username": "Ann", "password": PASSWORD, "code": "123456"}

    assert call(server, "POST", "/auth/login", body).status == 200


# --- tokens ----------------------------------------------------------------------------------------


def test_published_keys_verify_a_token_with_another_library_and_its_claims_are_as_said(
    server: Causerie, ann: Person
) -> None:
    published = call(server, "GET", "/.well-known/jwks.json")
    token = jwt.decode(ann.access_token, KeySet.import_key_set(published.body), ["ES256"])

    assert published.status == 200
    assert all("d" not in key and key["kid"] for key in published.body["keys"])
    assert token.header["kid"] in {key["kid"] for key in published.body["keys"]}
    claims = token.claims
    assert set(claims) == {"sub", "iss", "aud", "iat", "nbf", "exp", "jti", "sid"}
    assert (claims["sub"], claims["iss"], claims["aud"]) == (str(ann.id), "causerie", "causerie")
    assert claims["exp"] - claims["iat"] == 900
    assert abs(claims["iat"] - time.time()) < 120


def test_each_session_has_a_sid_and_each_token_a_jti_of_its_own(
    server: Causerie, ann: Person
) -> None:
    keys = KeySet.import_key_set(call(server, "GET", "/.well-known/jwks.json").body)
    guest = newcomer(server)
    body = {"refresh_token": guest.refresh_token}
    fresher = person_of(server, call(server, "POST", "/auth/refresh", body).body)
    one, two, stranger = (
        jwt.decode(who.access_token, keys, ["ES256"]).claims for who in (guest, fresher, ann)
    )

    assert one["sid"] == two["sid"] != stranger["sid"]
    assert len({one["jti"], two["jti"], stranger["jti"]}) == 3


API = [
    ("GET", "/api/v2/me"),
    ("GET", "/api/v2/users?username=Ann"),
    ("GET", "/api/v2/rooms?q=a"),
    ("GET", "/api/v2/conversations"),
    ("POST", "/api/v2/conversations"),
    ("GET", "/api/v2/conversations/room_1"),
    ("POST", "/api/v2/conversations/room_1/join"),
    ("POST", "/api/v2/conversations/room_1/leave"),
    ("GET", "/api/v2/conversations/room_1/members"),
    ("GET", "/api/v2/conversations/room_1/messages"),
    ("POST", "/api/v2/conversations/room_1/messages"),
    ("GET", "/api/v2/search?q=a"),
    ("POST", "/auth/logout"),
    ("POST", "/auth/ticket"),
    ("POST", "/auth/2fa/enable"),
]


@pytest.mark.parametrize(("method", "path"), API)
def test_every_call_but_the_open_ones_needs_credentials(
    server: Causerie, method: str, path: str
) -> None:
    without = call(server, method, path)
    forged = call(server, method, path, token="eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.")

    for answer in (without, forged):
        assert problem_of(answer) == (401, "unauthenticated")
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")


# --- errors ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("raw", [b"", b"{", b"\xff{}", b"not json", b'{"username":'])
def test_an_unreadable_body_is_400_invalid(server: Causerie, raw: bytes) -> None:
    assert problem_of(call(server, "POST", "/auth/login", raw=raw)) == (400, "invalid")


@pytest.mark.parametrize("body", [[], 1, "text", {"username": 5, "password": PASSWORD}, {}])
def test_a_readable_body_of_another_shape_is_422_with_its_fields(
    server: Causerie, body: Json
) -> None:
    answer = call(server, "POST", "/auth/login", raw=json.dumps(body).encode())

    assert wrong_fields(answer) != []


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/auth/register", {"username": "New", "password": PASSWORD}),
        ("/auth/login", {"username": "Ann", "password": PASSWORD}),
        ("/auth/refresh", {"refresh_token": "x"}),
        (ROOMS, {"kind": "room", "name": "unknown-field"}),
    ],
)
def test_unknown_fields_are_refused_in_bodies(ann: Person, path: str, body: Json) -> None:
    answer = ann.call("POST", path, {**body, "colour": "red"})

    assert wrong_fields(answer) == ["colour"]


@pytest.mark.parametrize("path", ["/nothing", "/api/v2/nothing", "/api/v3/me", "/auth"])
def test_a_route_that_is_not_there_is_a_problem_document(ann: Person, path: str) -> None:
    answer = ann.call("GET", path)

    assert problem_of(answer) == (404, "not_found")
    assert "resource" in answer.body


def test_another_method_is_405_and_says_which_there_are(ann: Person) -> None:
    answer = ann.call("DELETE", "/api/v2/me")

    assert problem_of(answer)[0] == 405
    assert "GET" in answer.headers["Allow"]


def test_a_body_without_end_is_too_large(ann: Person) -> None:
    answer = ann.call("POST", ROOMS, {"kind": "room", "name": "x" * 2_000_000})

    assert problem_of(answer) == (413, "too_large")


@pytest.mark.parametrize(
    "query",
    ["", "?q=", "?q=%20", "?q=-x", "?q=x&limit=0", "?q=x&before=soon", "?q=has:flag", "?q=%00"],
)
def test_a_search_that_cannot_be_meant_is_invalid(ann: Person, query: str) -> None:
    status, code = problem_of(ann.call("GET", f"/api/v2/search{query}"))

    assert (status in {400, 422}, code) == (True, "invalid")


@pytest.mark.parametrize(
    "q", ["%27%22%5C", "a%3A*%26%7C!", "%F0%9F%9A%80", "%3C-%3E", "a%20AND%20("]
)
def test_whatever_is_searched_for_is_answered(ann: Person, q: str) -> None:
    assert ann.get(f"/api/v2/search?q={q}") == {"items": []}


# --- people and rooms ------------------------------------------------------------------------------


def test_users_are_found_by_their_exact_name(ann: Person, bob: Person) -> None:
    assert bob.get("/api/v2/users?username=Ann") == {"items": [ann.user]}
    assert bob.get("/api/v2/users?username=An") == {"items": []}
    assert bob.get("/api/v2/users?username=A%25") == {"items": []}


def test_a_room_is_made_with_the_promised_fields(ann: Person) -> None:
    name = fresh("made")
    answer = ann.call("POST", ROOMS, {"kind": "room", "name": name})
    made = answer.body

    assert (answer.status, set(made)) == (201, CONVERSATION)
    assert made["id"].startswith("room_")
    assert int(made["id"].removeprefix("room_")) > 0
    assert (made["kind"], made["name"], made["visibility"]) == ("room", name, "public")
    assert (made["last_seq"], made["read_seq"], made["unread"]) == (0, 0, 0)
    assert (made["member_count"], made["peer"]) == (1, None)
    assert TIME.match(made["created_at"])
    assert ann.show(made["id"]) == made
    assert made in ann.get(ROOMS)["items"]


@pytest.mark.parametrize("name", ["", "a" * 65, "a b", "é", "a.b", "a\n", "#a", None])
def test_a_room_name_of_other_characters_or_length_is_invalid(ann: Person, name: str) -> None:
    assert wrong_fields(ann.call("POST", ROOMS, {"kind": "room", "name": name})) == ["name"]


@pytest.mark.parametrize(
    "change", [{"kind": "thread"}, {"kind": "group"}, {"visibility": "secret"}, {"members": "all"}]
)
def test_a_room_of_another_kind_or_visibility_is_invalid(ann: Person, change: Json) -> None:
    answer = ann.call("POST", ROOMS, {"kind": "room", "name": fresh(), **change})

    assert wrong_fields(answer)[0].startswith(next(iter(change)))


def test_room_names_are_unique_without_case_over_private_rooms_too(
    ann: Person, eve: Person
) -> None:
    ann.call("POST", ROOMS, {"kind": "room", "name": "Hidden-1", "visibility": "private"})
    answer = eve.call("POST", ROOMS, {"kind": "room", "name": "hIDDEN-1"})

    assert problem_of(answer) == (409, "conflict")


def test_of_ten_who_make_a_room_of_one_name_at_once_one_succeeds(ann: Person) -> None:
    body = {"kind": "room", "name": fresh("raced")}
    answers = at_once(10, lambda _: ann.call("POST", ROOMS, body).status)

    assert sorted(answers) == [201] + [409] * 9


@pytest.mark.parametrize("member", [0, -1, NEVER, 2**63 - 1, "abc", 1.5, True, None])
def test_a_member_who_is_nobody_is_invalid_or_not_found(ann: Person, member: Json) -> None:
    body = {"kind": "room", "name": fresh(), "members": [member]}

    assert problem_of(ann.call("POST", ROOMS, body)) in {(422, "invalid"), (404, "not_found")}


def test_public_rooms_are_found_by_a_part_of_the_name_and_private_ones_are_not(
    ann: Person, bob: Person, eve: Person
) -> None:
    for name, visibility in [("quay-north", "public"), ("quay-secret", "private")]:
        ann.call("POST", ROOMS, {"kind": "room", "name": name, "visibility": visibility})

    for who in (ann, eve):
        found = who.get("/api/v2/rooms?q=UAY-")["items"]
        assert [room["name"] for room in found] == ["quay-north"]
        assert set(found[0]) == CONVERSATION
    assert eve.get("/api/v2/rooms?q=quay_north") == {"items": []}
    assert eve.get("/api/v2/rooms?q=quay%25north") == {"items": []}


def test_a_direct_chat_exists_once_for_two_people_however_many_race(server: Causerie) -> None:
    one, two = newcomer(server), newcomer(server)

    def open_it(n: int) -> Answer:
        who, other = (one, two) if n % 2 else (two, one)
        return who.call("POST", ROOMS, {"kind": "direct", "members": [other.id]})

    answers = at_once(10, open_it)
    again = open_it(0)

    assert sorted(answer.status for answer in answers) == [200] * 9 + [201]
    assert len({answer.body["id"] for answer in [*answers, again]}) == 1
    assert again.status == 200
    assert again.body["id"].startswith("dm_")
    assert (again.body["kind"], again.body["peer"]) == ("direct", one.user)
    assert set(again.body) == CONVERSATION
    assert again.body["member_count"] == 2


@pytest.mark.parametrize("count", [0, 2])
def test_a_direct_chat_is_of_two(server: Causerie, ann: Person, count: int) -> None:
    members = [newcomer(server).id for _ in range(count)]

    assert wrong_fields(ann.call("POST", ROOMS, {"kind": "direct", "members": members})) == [
        "members"
    ]


# --- ids -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "wrong",
    ["room_0", "room_-1", f"room_{NEVER}", "room_abc", "room_", "12", "abc", "room_1.0", "ROOM_1"],
)
@pytest.mark.parametrize("rest", ["", "/members", "/messages"])
def test_a_text_that_is_no_conversations_id_is_not_found_or_invalid(
    ann: Person, wrong: str, rest: str
) -> None:
    answer = ann.call("GET", f"{ROOMS}/{wrong}{rest}")

    assert problem_of(answer) in {(404, "not_found"), (422, "invalid")}


def test_a_wrong_prefix_is_not_found(ann: Person, bob: Person) -> None:
    room, direct = ann.room(), ann.direct(bob)

    for wrong in [
        room.replace("room", "dm"),
        room.replace("room", "thread"),
        direct.replace("dm", "room"),
        direct.replace("dm", "thread"),
    ]:
        answer = ann.call("GET", f"{ROOMS}/{wrong}")
        assert problem_of(answer) == (404, "not_found")
        assert "resource" in answer.body
        sent = ann.call("POST", f"{ROOMS}/{wrong}/messages", {"content": "?"})
        assert problem_of(sent) == (404, "not_found")


# --- who sees what ---------------------------------------------------------------------------------

DOORS = [
    ("GET", "", None),
    ("POST", "/join", None),
    ("POST", "/leave", None),
    ("GET", "/members", None),
    ("GET", "/messages", None),
    ("POST", "/messages", {"content": "let me in"}),
]


@pytest.mark.parametrize(("method", "rest", "body"), DOORS)
def test_a_private_room_and_a_strangers_direct_chat_are_not_found_to_others(
    ann: Person, bob: Person, eve: Person, method: str, rest: str, body: Json
) -> None:
    for hidden in (ann.room(bob, visibility="private"), ann.direct(bob)):
        answer = eve.call(method, f"{ROOMS}/{hidden}{rest}", body)
        unknown = eve.call(method, f"{ROOMS}/{hidden.partition('_')[0]}_999999999{rest}", body)

        assert problem_of(answer) == (404, "not_found")
        assert answer.body == unknown.body  # nothing tells it from one that never was


def test_a_public_room_is_seen_by_all_and_read_by_members_alone(ann: Person, eve: Person) -> None:
    room = ann.room()
    ann.post(room, "for members")

    assert eve.show(room)["member_count"] == 1
    reading = eve.call("GET", f"{ROOMS}/{room}/messages")
    writing = eve.call("POST", f"{ROOMS}/{room}/messages", {"content": "me too"})
    assert problem_of(reading) == problem_of(writing) == (403, "forbidden")


def test_joining_and_leaving_are_harmless_when_repeated(ann: Person, bob: Person) -> None:
    room = ann.room()
    counts = []
    for step in ["join", "join", "leave", "leave", "join"]:
        answer = bob.call("POST", f"{ROOMS}/{room}/{step}")
        assert (answer.status, answer.text) == (204, "")
        counts.append(ann.show(room)["member_count"])

    assert counts == [2, 2, 1, 1, 2]
    assert room in {mine["id"] for mine in bob.get(ROOMS)["items"]}


def test_joining_and_leaving_grow_rev_once_each_and_make_no_message(
    ann: Person, bob: Person
) -> None:
    room = ann.room()
    start = ann.show(room)["rev"]
    for step in ["join", "join", "leave", "leave"]:
        bob.call("POST", f"{ROOMS}/{room}/{step}")

    after = ann.show(room)
    assert (after["rev"], after["last_seq"]) == (start + 2, 0)


def test_members_are_listed_with_their_roles(ann: Person, bob: Person) -> None:
    room = ann.room(bob)
    items = ann.get(f"{ROOMS}/{room}/members")["items"]

    assert all(set(item) == {"user", "role", "joined_at"} for item in items)
    assert all(TIME.match(item["joined_at"]) for item in items)
    assert {item["user"]["id"]: item["role"] for item in items} == {
        ann.id: "owner",
        bob.id: "member",
    }
    assert [item["user"] for item in items if item["role"] == "owner"] == [ann.user]


def test_nobody_is_put_into_a_room_by_default(server: Causerie) -> None:
    assert newcomer(server).get(ROOMS) == {"items": []}


def test_a_direct_chat_shows_each_the_other(ann: Person, bob: Person) -> None:
    direct = ann.direct(bob)

    assert ann.show(direct)["peer"] == bob.user
    assert bob.show(direct)["peer"] == ann.user


# --- messages --------------------------------------------------------------------------------------


def test_a_message_has_the_promised_fields(ann: Person) -> None:
    room = ann.room()
    answer = ann.call("POST", f"{ROOMS}/{room}/messages", {"content": "hello"})
    sent = answer.body

    assert (answer.status, set(sent)) == (201, MESSAGE)
    assert sent["sender"] == {"id": ann.id, "username": "Ann"}
    assert (sent["conversation_id"], sent["seq"], sent["content"]) == (room, 1, "hello")
    assert (sent["message_type"], sent["deleted"], sent["pinned"]) == ("text", False, False)
    assert (sent["reply_count"], sent["reactions"], sent["mentions"]) == (0, [], [])
    for absent in ("parent_message_id", "client_id", "edited_at", "last_reply_at"):
        assert sent[absent] is None
    assert TIME.match(sent["created_at"])
    assert ann.history(room) == {"items": [sent], "has_more": False}


@pytest.mark.parametrize(
    "content",
    [
        "  spaces  ",
        "\tline\r\nline\n",
        "<b>&amp;</b>",
        "👩‍👩‍👧‍👦 e\u0301",
        "\u202eevil",
        "\x01\x7f",
    ],
)
def test_content_is_stored_as_sent(ann: Person, content: str) -> None:
    room = ann.room()
    ann.post(room, content)

    assert ann.history(room)["items"][0]["content"] == content


@pytest.mark.parametrize(
    "content", ["", " ", "\n\t ", "\u2003\u3000\u00a0", "a\u0000b", "\ud800", 5, None]
)
def test_empty_blank_and_unstorable_content_is_invalid(ann: Person, content: Json) -> None:
    room = ann.room()
    answer = ann.call("POST", f"{ROOMS}/{room}/messages", {"content": content})

    assert problem_of(answer)[1] == "invalid"
    assert answer.status == (400 if content == "\ud800" else 422)
    assert ann.show(room)["last_seq"] == 0


def test_text_is_counted_in_code_points(ann: Person) -> None:
    room = ann.room()
    ann.post(room, "🚀" * 4000)
    answer = ann.call("POST", f"{ROOMS}/{room}/messages", {"content": "🚀" * 4001})

    assert problem_of(answer) == (413, "too_large")
    assert (answer.body["limit"], answer.body["actual"]) == (4000, 4001)


@pytest.mark.parametrize("kind", ["system", "image", "", 1])
def test_clients_send_text_or_file_and_nothing_else(ann: Person, kind: Json) -> None:
    room = ann.room()
    body = {"content": "x", "message_type": kind}

    assert wrong_fields(ann.call("POST", f"{ROOMS}/{room}/messages", body)) == ["message_type"]
    assert ann.post(room, "x", message_type="file")["message_type"] == "file"


def test_a_null_is_as_good_as_nothing(ann: Person) -> None:
    nulls: Json = {"visibility": None, "members": None}
    made = ann.call("POST", ROOMS, {"kind": "room", "name": fresh("nulls"), **nulls})
    nulls = {"client_id": None, "parent_message_id": None, "message_type": None}
    path = f"{ROOMS}/{made.body['id']}/messages"
    sent = ann.call("POST", path, {"content": "x", **nulls})

    assert (made.status, made.body["visibility"], made.body["member_count"]) == (201, "public", 1)
    assert (sent.status, sent.body["message_type"]) == (201, "text")


def test_an_answer_is_in_its_parents_thread_and_counted_there(ann: Person) -> None:
    room = ann.room()
    parent = ann.post(room, "parent")["id"]
    child = ann.post(room, "child", parent_message_id=parent)
    ann.post(room, "beside it")
    thread = ann.call("GET", f"{ROOMS}/{room}/messages?parent_message_id={parent}").body
    first = ann.history(room)["items"][0]

    assert (child["parent_message_id"], child["seq"]) == (parent, 2)
    assert thread == {"items": [child], "has_more": False}
    assert (first["reply_count"], first["last_reply_at"]) == (1, child["created_at"])


def test_an_answer_to_nothing_or_to_what_is_elsewhere_is_not_found(ann: Person) -> None:
    room, other = ann.room(), ann.room()
    elsewhere = ann.post(other, "elsewhere")["id"]

    for parent, refusal in ((elsewhere, (404, "not_found")), (NEVER - 1, (404, "not_found"))):
        body = {"content": "child", "parent_message_id": parent}
        posted = ann.call("POST", f"{ROOMS}/{room}/messages", body)
        listed = ann.call("GET", f"{ROOMS}/{room}/messages?parent_message_id={parent}")
        assert problem_of(posted) == problem_of(listed) == refusal
    assert ann.show(room)["last_seq"] == 0


@pytest.fixture(scope="module")
def long_room(ann: Person) -> str:
    """A room of sixty messages."""
    room = ann.room()
    for number in range(1, 61):
        ann.post(room, f"line {number}")
    return room


@pytest.mark.parametrize(
    ("query", "seqs", "has_more"),
    [
        ("", range(11, 61), True),
        ("?limit=1", [60], True),
        ("?limit=60", range(1, 61), False),
        ("?limit=1000", range(1, 61), False),
        ("?before=11", range(1, 11), False),
        ("?before=12&limit=10", range(2, 12), True),
        ("?before=1", [], False),
        ("?after=0&limit=60", range(1, 61), False),
        ("?after=0", range(1, 51), True),
        ("?after=58", [59, 60], False),
        ("?after=57&limit=2", [58, 59], True),
        ("?after=60", [], False),
        ("?after=9999", [], False),
        ("?before=9999&limit=2", [59, 60], True),
        (f"?before={2**63 - 1}&limit=1", [60], True),
    ],
)
def test_a_page_is_what_the_range_holds_oldest_first(
    ann: Person, long_room: str, query: str, seqs: Json, has_more: bool
) -> None:
    page = ann.history(long_room, query)

    assert [item["seq"] for item in page["items"]] == list(seqs)
    assert set(page) == {"items", "has_more"}
    assert page["has_more"] is has_more


@pytest.mark.parametrize(
    "query",
    [
        *("limit=0", "limit=1001", "limit=-1", "limit=abc", "limit=1.5", "limit="),
        *("before=-1", f"before={NEVER}", "before=abc", "after=-1", f"after={NEVER}", "after=x"),
        "before=5&after=1",
    ],
)
def test_a_range_that_makes_no_sense_is_invalid(ann: Person, long_room: str, query: str) -> None:
    answer = ann.call("GET", f"{ROOMS}/{long_room}/messages?{query}")

    fields = wrong_fields(answer)
    assert fields[0] in {part.partition("=")[0] for part in query.split("&")}


def test_times_never_go_back_within_a_conversation(ann: Person, long_room: str) -> None:
    times = [item["created_at"] for item in ann.history(long_room, "?limit=60")["items"]]

    assert times == sorted(times)


# --- unread ----------------------------------------------------------------------------------------


def test_unread_is_last_seq_less_read_seq_and_sending_and_joining_move_it(
    ann: Person, bob: Person
) -> None:
    def standing(who: Person) -> tuple[int, int, int]:
        shown = who.show(room)
        return shown["last_seq"], shown["read_seq"], shown["unread"]

    room = ann.room()
    ann.post(room, "one")
    ann.post(room, "two")
    assert standing(ann) == (2, 2, 0)

    bob.call("POST", f"{ROOMS}/{room}/join")
    assert standing(bob) == (2, 2, 0)

    ann.post(room, "three")
    assert standing(bob) == (3, 2, 1)

    bob.post(room, "four")
    assert standing(bob) == (4, 4, 0)
    assert standing(ann) == (4, 3, 1)

    ann.post(room, "five")
    bob.call("POST", f"{ROOMS}/{room}/join")
    assert standing(bob) == (5, 4, 1)  # to join where one is changes nothing


def test_whoever_was_put_into_a_room_has_read_what_was_there(ann: Person, bob: Person) -> None:
    room = ann.room(bob)
    ann.post(room, "one")

    assert (bob.show(room)["read_seq"], bob.show(room)["unread"]) == (0, 1)


# --- one contract for repeated writes --------------------------------------------------------------


def test_a_repeated_send_answers_200_with_the_first_message(ann: Person) -> None:
    room = ann.room()
    path, body = f"{ROOMS}/{room}/messages", {"content": "once", "client_id": fresh("key")}
    first, again = ann.call("POST", path, body), ann.call("POST", path, body)

    assert (first.status, again.status) == (201, 200)
    assert first.body == again.body
    assert first.body["client_id"] == body["client_id"]
    assert ann.show(room)["last_seq"] == 1


def test_the_header_and_client_id_are_one_key(ann: Person) -> None:
    room, key = ann.room(), fresh("key")
    path = f"{ROOMS}/{room}/messages"
    first = ann.call("POST", path, {"content": "once"}, key=key)
    by_field = ann.call("POST", path, {"content": "once", "client_id": key})
    by_both = ann.call("POST", path, {"content": "once", "client_id": key}, key=key)
    at_odds = ann.call("POST", path, {"content": "once", "client_id": key}, key=fresh("other"))

    assert first.body == by_field.body == by_both.body
    assert (first.status, by_field.status, by_both.status) == (201, 200, 200)
    assert first.body["client_id"] == key
    assert problem_of(at_odds) in {(422, "invalid"), (409, "conflict")}


def test_ten_sends_of_one_key_at_once_make_one_message_and_equal_answers(ann: Person) -> None:
    room = ann.room()
    body = {"content": "once", "client_id": fresh("key")}
    answers = at_once(10, lambda _: ann.call("POST", f"{ROOMS}/{room}/messages", body))

    assert sorted(answer.status for answer in answers) == [200] * 9 + [201]
    assert all(answer.body == answers[0].body for answer in answers)
    assert ann.show(room)["last_seq"] == 1


def test_a_key_with_another_body_conversation_or_operation_is_a_conflict(
    ann: Person, bob: Person
) -> None:
    room, other, key = ann.room(), ann.room(), fresh("key")
    ann.call("POST", f"{ROOMS}/{room}/messages", {"content": "once"}, key=key)

    for path, body in [
        (f"{ROOMS}/{room}/messages", {"content": "twice"}),
        (f"{ROOMS}/{room}/messages", {"content": "once", "message_type": "file"}),
        (f"{ROOMS}/{other}/messages", {"content": "once"}),
        (f"{ROOMS}/{room}/join", None),
        (f"{ROOMS}/{room}/leave", None),
        (ROOMS, {"kind": "room", "name": fresh()}),
        (ROOMS, {"kind": "direct", "members": [bob.id]}),
    ]:
        assert problem_of(ann.call("POST", path, body, key=key)) == (409, "conflict"), path


def test_keys_are_each_users_own(ann: Person, bob: Person) -> None:
    room, key = ann.room(bob), fresh("key")

    assert ann.post(room, "mine", client_id=key)["id"] != bob.post(room, "his", client_id=key)["id"]


@pytest.mark.parametrize("key", ["k", "k" * 128, "a b", "~!@#$%^&*()"])
def test_a_key_is_1_to_128_printable_characters(ann: Person, key: str) -> None:
    room, prefix = ann.room(), fresh("")
    key = (prefix + key)[-128:] if len(key) > 1 else key

    assert ann.post(room, "x", client_id=key)["client_id"] == key


@pytest.mark.parametrize("key", ["", "k" * 129, "é", "tab\there", "\u0000", 5, ["k"]])
def test_any_other_key_is_invalid(ann: Person, key: Json) -> None:
    room = ann.room()
    answer = ann.call("POST", f"{ROOMS}/{room}/messages", {"content": "x", "client_id": key})

    assert wrong_fields(answer) == ["client_id"]


@pytest.mark.parametrize("key", ["", "k" * 129, "tab\there", "\xe9"])
def test_any_other_header_is_invalid_on_every_write(ann: Person, key: str) -> None:
    room = ann.room()

    for path, body in [
        (f"{ROOMS}/{room}/messages", {"content": "x"}),
        (f"{ROOMS}/{room}/join", None),
        (f"{ROOMS}/{room}/leave", None),
        (ROOMS, {"kind": "room", "name": fresh()}),
    ]:
        assert problem_of(ann.call("POST", path, body, key=key))[1] == "invalid", path


def test_making_a_room_twice_with_one_key_makes_one_and_shows_it_as_it_is_now(
    ann: Person, bob: Person
) -> None:
    body, key = {"kind": "room", "name": fresh("keyed")}, fresh("key")
    first = ann.call("POST", ROOMS, body, key=key)
    bob.call("POST", f"{ROOMS}/{first.body['id']}/join")
    again = ann.call("POST", ROOMS, body, key=key)
    other = ann.call("POST", ROOMS, {**body, "visibility": "private"}, key=key)

    assert again.status in {200, 201}
    assert again.body == ann.show(first.body["id"])
    assert again.body["member_count"] == 2
    assert problem_of(other) == (409, "conflict")


def test_ten_who_make_a_room_with_one_key_at_once_all_get_it(ann: Person) -> None:
    body, key = {"kind": "room", "name": fresh("keyed")}, fresh("key")
    answers = at_once(10, lambda _: ann.call("POST", ROOMS, body, key=key))

    assert {answer.status for answer in answers} <= {200, 201}
    assert len({answer.body["id"] for answer in answers}) == 1


def test_a_direct_chat_by_key_is_replayed_and_with_another_peer_a_conflict(
    server: Causerie, ann: Person
) -> None:
    one, two, key = newcomer(server), newcomer(server), fresh("key")
    first = ann.call("POST", ROOMS, {"kind": "direct", "members": [one.id]}, key=key)
    again = ann.call("POST", ROOMS, {"kind": "direct", "members": [one.id]}, key=key)
    other = ann.call("POST", ROOMS, {"kind": "direct", "members": [two.id]}, key=key)

    assert first.body == again.body
    assert problem_of(other) == (409, "conflict")


def test_a_late_copy_of_a_join_does_not_undo_a_leave(ann: Person, bob: Person) -> None:
    room, coming, going = ann.room(), fresh("key"), fresh("key")
    steps = [("join", coming), ("leave", going), ("join", coming)]
    answers = [bob.call("POST", f"{ROOMS}/{room}/{step}", key=key) for step, key in steps]

    assert [answer.status for answer in answers] == [204, 204, 204]
    assert room not in {mine["id"] for mine in bob.get(ROOMS)["items"]}
    assert problem_of(bob.call("POST", f"{ROOMS}/{room}/leave", key=coming)) == (409, "conflict")


# --- operations ------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/health", "/health/ready", "/health/live", "/api/health"])
def test_health_is_told_with_the_promised_headers(server: Causerie, path: str) -> None:
    def ask() -> Answer:
        time.sleep(0.3)  # What was found is told for a quarter of a second.
        return call(server, "GET", path)

    # A machine that stood still may seem not to be well.
    answer = measured(ask, holds=lambda told: told.status == 200)

    assert (answer.status, answer.headers["Cache-Control"]) == (200, "no-store")
    for header in ("X-Health-Status", "X-Response-Time", "X-Request-Id"):
        assert answer.headers[header]
    assert answer.body["status"] == "ok"


def test_health_says_how_database_memory_and_workers_are(server: Causerie) -> None:
    told = call(server, "GET", "/health").body

    assert told["environment"] == "test"
    assert {"database", "memory", "workers"} <= set(told["checks"])


METRICS = [
    "chat_server_active_connections",
    "chat_server_connections_total",
    "chat_server_dead_connections_total",
    "chat_server_uptime_seconds",
    'chat_server_messages_total{kind="room"}',
    'chat_server_auth_attempts_total{result="success"}',
    'chat_server_errors_total{type="not_found"}',
]


@pytest.mark.parametrize("metric", METRICS)
def test_metrics_have_the_promised_names(server: Causerie, metric: str) -> None:
    answer = call(server, "GET", "/metrics")
    lines = [line for line in answer.text.splitlines() if line.startswith(metric + " ")]

    assert answer.headers["Content-Type"].startswith("text/plain")
    assert len(lines) == 1
    assert float(lines[0].rpartition(" ")[2]) >= 0


def test_requests_are_measured_by_method_route_and_status(ann: Person) -> None:
    ann.show(ann.room())
    text = call(ann.server, "GET", "/metrics").text
    series = [
        line
        for line in text.splitlines()
        if line.startswith("chat_server_request_duration_seconds_count{")
        and 'method="GET"' in line
        and 'status="200"' in line
        and 'route="/api/v2/conversations/{conversation_id}"' in line
    ]

    assert len(series) == 1
    assert "room_" not in text  # a series per conversation would be a leak


def test_the_description_is_openapi_3_1_and_lists_every_call(server: Causerie) -> None:
    answer = call(server, "GET", "/openapi.json")
    paths = answer.body["paths"]

    assert answer.body["openapi"].startswith("3.1")
    assert {"title", "version"} <= set(answer.body["info"])
    for method, path in [
        *(("post", f"/auth/{name}") for name in ("register", "login", "refresh", "logout")),
        ("post", "/auth/ticket"),
        ("get", "/.well-known/jwks.json"),
        ("get", "/api/v2/me"),
        ("get", "/api/v2/users"),
        ("get", "/api/v2/rooms"),
        ("get", "/api/v2/conversations"),
        ("post", "/api/v2/conversations"),
        ("get", "/api/v2/conversations/{conversation_id}"),
        ("post", "/api/v2/conversations/{conversation_id}/join"),
        ("post", "/api/v2/conversations/{conversation_id}/leave"),
        ("get", "/api/v2/conversations/{conversation_id}/members"),
        ("get", "/api/v2/conversations/{conversation_id}/messages"),
        ("post", "/api/v2/conversations/{conversation_id}/messages"),
        ("get", "/api/v2/search"),
        *(("get", path) for path in ("/health", "/health/ready", "/health/live", "/metrics")),
    ]:
        assert method in paths[path], path


def test_everything_that_the_description_refers_to_is_in_it(server: Causerie) -> None:
    document = call(server, "GET", "/openapi.json").body

    def references(part: Json) -> Iterator[str]:
        if isinstance(part, dict):
            if isinstance(part.get("$ref"), str):
                yield part["$ref"]
            part = list(part.values())
        if isinstance(part, list):
            for inner in part:
                yield from references(inner)

    found = set(references(document))
    assert found
    for reference in found:
        place = document
        for step in reference.removeprefix("#/").split("/"):
            place = place[step.replace("~1", "/").replace("~0", "~")]


def test_operations_have_ids_of_their_own_and_parameters_that_are_in_their_paths(
    server: Causerie,
) -> None:
    operations = {
        (path, method): operation
        for path, item in call(server, "GET", "/openapi.json").body["paths"].items()
        for method, operation in item.items()
        if method in {"get", "post", "put", "patch", "delete"}
    }
    ids = [operation["operationId"] for operation in operations.values()]

    assert len(ids) == len(set(ids))
    for (path, method), operation in operations.items():
        assert operation["responses"], (path, method)
        named = {p["name"] for p in operation.get("parameters", []) if p["in"] == "path"}
        assert named == {part[1:-1] for part in path.split("/") if part.startswith("{")}, path


def test_the_description_knows_both_answers_of_what_may_be_there_already(server: Causerie) -> None:
    paths = call(server, "GET", "/openapi.json").body["paths"]

    for path in (ROOMS, ROOMS + "/{conversation_id}/messages"):
        answers = paths[path]["post"]["responses"]
        assert answers["200"]["content"] == answers["201"]["content"]


def test_the_description_has_a_page_for_people(server: Causerie) -> None:
    answer = call(server, "GET", "/docs")

    assert (answer.status, answer.headers["Content-Type"].partition(";")[0]) == (200, "text/html")
    assert "/api/v2/conversations" in answer.text


@pytest.mark.parametrize("path", ["/health", "/api/v2/me", "/nothing", "/docs"])
def test_every_answer_has_a_request_id_and_the_safe_headers(server: Causerie, path: str) -> None:
    one, two = call(server, "GET", path), call(server, "GET", path)

    assert one.headers["X-Request-Id"] != two.headers["X-Request-Id"]
    assert one.headers["X-Content-Type-Options"] == "nosniff"
    assert "Content-Security-Policy" in one.headers


def test_a_name_with_odd_characters_in_a_query_harms_nothing(ann: Person) -> None:
    for odd in ["'", "\\", "%", "_", "\u0000", "é", "x" * 5000]:
        path = "/api/v2/rooms?q=" + urllib.parse.quote(odd)
        assert ann.call("GET", path).status in {200, 400, 422}, odd
        path = "/api/v2/users?username=" + urllib.parse.quote(odd)
        assert ann.call("GET", path).status in {200, 400, 422}, odd
