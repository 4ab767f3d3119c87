"""The catalogue of close codes is complete and lawful."""

from __future__ import annotations

from causerie.gateway import closing
from causerie.gateway.framing import is_close_code_valid


def test_the_catalogue_holds_every_code_that_the_protocol_names() -> None:
    named = {1000, 1001, 1002, 1003, 1007, 1008, 1009, 1011, 1012, 1013, 4401, 4403}

    assert {entry.code for entry in closing.SENT} == named


def test_every_code_that_is_sent_may_be_sent() -> None:
    assert all(is_close_code_valid(entry.code) for entry in closing.SENT)


def test_names_are_distinct_and_every_entry_says_what_it_means() -> None:
    entries = closing.CATALOGUE.values()

    assert len({entry.name for entry in entries}) == len(entries)
    assert all(entry.meaning for entry in entries)


def test_who_is_let_go_for_slowness_or_a_restart_comes_back() -> None:
    assert closing.SLOW_READER.reconnect is closing.Reconnect.NOW
    assert closing.SERVICE_RESTART.reconnect is closing.Reconnect.LATER
    assert closing.BANNED.reconnect is closing.Reconnect.NO


def test_a_code_that_a_client_made_up_has_a_name_for_metrics() -> None:
    assert closing.name_of(1013) == "slow_reader"
    assert closing.name_of(3999) == "other"
