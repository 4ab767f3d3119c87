"""Words of the lists are seen through disguises, and are not seen in other words."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from causerie.moderation.model.folding import MAX_FOLDED_CHARS, fold, readings
from causerie.moderation.model.words import WordList, default_words, read_words

WORDS = default_words()


def rules(text: str) -> set[str]:
    """What is found in a text, in any way of looking."""
    folded = fold(text)
    hits = WORDS.hits(folded) + WORDS.hits_spelled_out(folded)
    for chunk in folded.split():
        hits += WORDS.hits_in_disguise(chunk)
    return {hit.rule for hit in hits}


@pytest.mark.parametrize(
    "text",
    [
        "fuck",
        "FUCK",
        "what the fuck",
        "fucking hell",
        "unfuckingbelievable",
        "fuuuuuck",
        "f u c k",
        "f.u.c.k you",
        "f-u-c-k",
        "f*ck",
        "f**k",
        "fvck",
        "b1tch",
        "b!tch",
        "m0th3rfuck3r",
        "wh0re",
        "@sshole",
        "fυсk",  # Greek upsilon, Cyrillic es
        "ｆｕｃｋ",
        "𝐟𝐮𝐜𝐤",
        "ⓕⓤⓒⓚ",
        "fu\u200bck",
        "f\u0336u\u0336c\u0336k\u0336",
        "connard",
        "CONNARD",
        "c0nnard",
        "conn@rd",
        "connaaaaard",
        "enculé",
        "enculés de votre race",
        "EnCuLe",
        "3ncul3",
        "salope",
        "sal0pe",
        "s a l o p e",
        "p u t e",
        "put3",
        "fils de pute",
        "fils  de\tpute",
        "fils-de-pute",
        "nique ta soeur",
        "va te faire enculer",
        "va te faire foutre",
        "ferme ta gueule",
        "enfoirés",
        "cоnnard",  # Cyrillic o
    ],
)
def test_strong_words_are_seen_through_their_disguises(text: str) -> None:
    assert "strong" in rules(text)


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("kill yourself", "threat"),
        ("just kys", "threat"),
        ("I'll kill you", "threat"),
        ("k1ll y0urself, kill-yourself", "threat"),
        ("je vais te tuer", "threat"),
        ("Je vais te... TUER !", "threat"),
        ("nique ta mère", "threat"),
        ("retourne dans ton pays", "threat"),
        ("j'espère que tu vas mourir", "threat"),
        ("n1gger", "slur"),
        ("sale arabe", "slur"),
        ("sales bougnoules", "slur"),
        ("merde", "mild"),
        ("m3rde", "mild"),
        ("sh1t", "mild"),
    ],
)
def test_each_rule_has_its_words(text: str, rule: str) -> None:
    assert rule in rules(text)


@pytest.mark.parametrize(
    "text",
    [
        "Scunthorpe, Penistone and Sussex",
        "assess the class, pass the assignment, assume nothing",
        "a cockpit, a peacock, a cocktail with Hancock",
        "shiitake mushrooms, Matsushita, Mishit",
        "the titanium title of the constitution",
        "Dickens and Dickinson analysed the canal",
        "therapist, grape, drape, skyscraper",
        "he is en retard, un retard de deux heures",
        "la culture, le calcul, l'écu, reculer, le député, la dispute",
        "le con­cours, la conférence, un balcon, la conversation",
        "computer, disputer, imputer, amputé, réputé",
        "un péderaste n'est pas un pédestre; le pédalier",
        "the process will be killed by kill -9; kill your daemons yourself with care",
        "git push; grep -rn 'assert' src | head; class Foo(Bass): pass",
        "https://example.org/class/assets?hash=4f5b00b5e5f00&s=1",
        "sha256:5e11f0a7c0ffee and 0xdeadbeef at 192.168.0.1",
        "white power supply, black hat, master and slave",
        "x = a ** b; f**kwargs",
        "I R C, U S B, A B C, a b c d e",
        "let the process die, then go on",
        "Travelocity and a travelogue",
    ],
)
def test_words_within_other_words_are_left_alone(text: str) -> None:
    assert rules(text) == set()


def test_what_was_written_is_the_evidence() -> None:
    (hit,) = WORDS.hits_in_disguise("b1tch!!!")

    assert (hit.rule, hit.written) == ("strong", "b1tch!!!")


def test_a_list_explains_what_is_wrong_with_it() -> None:
    with pytest.raises(ValueError, match="line 1 of the word list"):
        list(read_words("word without a section"))
    with pytest.raises(ValueError, match="line 2 of the word list"):
        list(read_words("[mild 0.3]\n**"))


def test_stars_stand_for_more_letters() -> None:
    words = WordList("[mild 0.3]\nab*\n*cd\n*ef*\ngh")

    found = {
        w
        for w in [
            "ab",
            "abc",
            "xab",
            "cd",
            "xcd",
            "cdy",
            "ef",
            "xefx",
            "gh",
            "xgh",
            "ghs",
            "ghx",
            "ghxy",
        ]
        if words.hits(w)
    }
    assert found == {"ab", "abc", "cd", "xcd", "ef", "xefx", "gh", "ghs", "ghx"}


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("Plain ASCII", "plain ascii"),
        ("Éléphant à Noël", "elephant a noel"),
        ("раураl", "paypal"),
        ("ﬁne", "fine"),
        ("a\u200bb\u00adc\ufeffd", "abcd"),
        ("Straße", "strasse"),
        ("🅰🅱", "ab"),
    ],
)
def test_a_text_is_folded_to_how_it_looks(text: str, seen: str) -> None:
    assert fold(text) == seen


def test_a_text_that_grows_is_cut() -> None:
    assert len(fold("\ufdfa" * 4000)) <= MAX_FOLDED_CHARS


def test_a_plain_word_has_no_other_reading() -> None:
    assert readings("plain") == readings("(plain),") == readings("plain!!!") == set()
    assert readings("123") == readings("----") == set()


@settings(max_examples=50)
@given(st.text(max_size=200))
def test_no_text_is_too_odd_to_look_at(text: str) -> None:
    assert all(rules(text))
