"""The rules of size and structure, each on what it is for and on what it must leave alone."""

from __future__ import annotations

import pytest

from causerie.moderation.model.characters import size_findings
from causerie.moderation.model.folding import fold
from causerie.moderation.model.structure import structure_findings
from causerie.moderation.model.verdict import SURE


def found(text: str) -> dict[str, float]:
    """The rules that speak, with their scores."""
    findings = [*size_findings(text), *structure_findings(text, fold(text))]
    return {finding.rule: finding.score for finding in findings}


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("ring \x07 the bell", "control_characters"),
        ("\x1b[31mred\x1b[0m", "control_characters"),
        ("a\u0085b", "control_characters"),
        ("not \ufffe a character", "control_characters"),
        ("half \ud800 a pair", "broken_encoding"),
        ("Z\u0335\u0321\u0322\u0323\u0324\u0325algo", "combining_marks"),
        ("line\n" * 101, "many_lines"),
        ("A" * 102, "repeated_character"),
        ("see <script>alert(1)</script>", "script_markup"),
        ("<ScRiPt src=//x>", "script_markup"),
        ("<iframe src='//x'>", "script_markup"),
        ("<svg/onload=alert(1)>", "script_markup"),
        ("<img src=x onerror=alert(1)>", "event_handler"),
        ('<a href="#" onclick="x()">', "event_handler"),
        ("<img src='x'onerror='x()'>", "event_handler"),
        ("[click](javascript:alert(1))", "script_address"),
        ("JaVaScRiPt:alert(1)", "script_address"),
        ("data:text/html;base64,PHN", "script_address"),
        ("' OR '1'='1", "sql_injection"),
        ("admin' or 1=1 --", "sql_injection"),
        ("1 UNION SELECT password FROM users", "sql_injection"),
        ("x'; DROP TABLE users; --", "sql_injection"),
        ("1; select pg_sleep(10)", "sql_injection"),
        ("${jndi:ldap://x/a}", "template_injection"),
        ("{{7*7}}", "template_injection"),
        ("{{ ''.__class__ }}", "template_injection"),
        ("../../../../etc/passwd", "path_traversal"),
        ("%2e%2e%2fetc", "path_traversal"),
        (" ".join(f"http://a.example/{n}" for n in range(5)), "many_links"),
        (" ".join(f"@user{n}" for n in range(10)), "many_mentions"),
        ("http://xn--pypal-4ve.com and http://a", "encoded_host"),
        ("file\u202etxt.exe", "bidi_override"),
        ("left \u2067open", "bidi_left_open"),
        ("a" + "\u200b" * 10 + "b", "invisible_characters"),
        ("log in at pаypal.com", "look_alikes"),  # Cyrillic a
        ("Gοοgle", "look_alikes"),  # Greek omicron
    ],
)
def test_each_rule_finds_what_it_is_for(text: str, rule: str) -> None:
    assert rule in found(text)


@pytest.mark.parametrize(
    "text",
    [
        "Bonjour à tous, ça va ? L'été, c'est là-bas, œuvre et maïs.",
        "Привет, как дела? Всё хорошо.",
        "Καλημέρα σε όλους, τι κάνετε;",
        "שלום, מה שלומך? (בסדר) \u200f",
        "مرحبا، كيف حالك؟",
        "می\u200cخواهم بنویسم",
        "สวัสดีครับ น้ำท่วมที่นี่",
        "नमस्ते, आप कैसे हैं?",
        "Tiếng Việt có nhiều dấu: ượ ễ ặ",
        "こんにちは、元気ですか？ 한국어도",
        "👩‍👩‍👧‍👦 family, 👍🏽 and 🇫🇷, ❤️",
        "he said \u2068\u05d0\u05d1\u05d2\u2069 and left",
        "for (i = 0; i < n; i++) { a[i] = b < c ? 1 : 2; }",
        "if a<b and c>d: print('or so')",
        "SELECT name FROM users WHERE id = 1 ORDER BY name",
        "the union of workers; drop me a line; sleep well",
        "use Vec<String> or std::map<int, std::string>",
        "cd ../../src && ls ../lib",
        "echo $HOME ${USER} $(date)",
        "see https://example.org/a and http://example.org/b",
        "@ann @bob can you look? mail me at me@example.org",
        "tab\tand\r\nnew line",
        "-" * 80,
        "I5 or i7? 0x1F: 'and' or \"or\" are words",
        "<3 <- -> <= >= <nick> hello",
    ],
)
def test_what_people_write_is_left_alone(text: str) -> None:
    assert found(text) == {}


@pytest.mark.parametrize(
    "text",
    [
        "half \ud800 a pair",
        "x" + "\u0301" * 9,
        " ".join(f"http://a.example/{n}" for n in range(20)),
        " ".join(f"@user{n}" for n in range(30)),
        "\u200b" * 100 + "a",
    ],
)
def test_what_has_no_other_use_is_sure(text: str) -> None:
    assert max(found(text).values()) >= SURE


@pytest.mark.parametrize(
    "text",
    ["<script>alert(1)</script>", "' OR '1'='1", "../../../../etc/passwd", "{{7*7}}", "a\x07b"],
)
def test_what_technicians_show_each_other_is_not_sure(text: str) -> None:
    assert max(found(text).values()) < SURE


def test_the_evidence_names_what_cannot_be_shown() -> None:
    (finding,) = [f for f in structure_findings("a\u202eb", "a\u202eb") if f.score > 0.7]

    assert finding.evidence == ("U+202E",)
