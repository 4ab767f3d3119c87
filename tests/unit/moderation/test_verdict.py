"""What a room does about a finding."""

from __future__ import annotations

import pytest

from causerie.moderation import Action, Finding, Level, Policy


@pytest.mark.parametrize(
    ("action", "score", "is_refused"),
    [
        (Action.FLAG, 1.0, False),
        (Action.REFUSE, 0.89, False),
        (Action.REFUSE, 0.9, True),
        (Action.STRICT, 0.1, True),
    ],
)
@pytest.mark.parametrize("level", Level)
def test_a_level_refuses_what_its_action_says(
    level: Level, action: Action, score: float, is_refused: bool
) -> None:
    policy = Policy(**{level.value: action})

    assert policy.refuses(Finding(level, "a_rule", score)) is is_refused
