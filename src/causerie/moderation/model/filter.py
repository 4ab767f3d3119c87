"""The content filter: three levels over one text, and a verdict that says why.

Work is bounded: the levels are linear in the text, and of the words that were never seen before
only ``MAX_NEW_CHUNKS`` are looked at in one message.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from causerie.moderation.model.characters import MAX_REPEATS, size_findings
from causerie.moderation.model.classifiers import Classifiers
from causerie.moderation.model.corpora import Topic
from causerie.moderation.model.features import (
    FIGURES,
    MAX_CHUNKS,
    MAX_SCORED_CHUNK_CHARS,
    figure_buckets,
    folded_features,
)
from causerie.moderation.model.folding import fold
from causerie.moderation.model.linear import probability
from causerie.moderation.model.structure import structure_findings
from causerie.moderation.model.verdict import SURE, Action, Finding, Level, Policy, Verdict
from causerie.moderation.model.words import MIN_SPELLED_LETTERS, Hit, WordList, default_words

# A chat's words: at some 300 bytes each 10 MB. A flood of nonsense empties it, no more.
MAX_KNOWN_CHUNKS = 32_768
# Words never seen cost some 15 µs each: a message of nothing else is held to 1 ms.
MAX_NEW_CHUNKS = 64
NOTED = 0.5  # A finding below is of interest to a strict room only.
MIN_CHUNK_CHARS_IN_DISGUISE = 2
MANY_DIGITS = 5  # in one word
# How sure a classifier is before its word alone refuses a message. That of abuse never does: what
# offends in one room is how friends talk in another, and it is for people to judge.
_SURE_FROM = {Topic.SPAM: 0.95, Topic.ABUSE: math.inf}
_NOTED_MARGIN = 0.0

# What a chunk has that most have not: digits, capitals, whether it is a single letter, and what was
# found in disguise in it.
_Rest = tuple[int, int, bool, tuple[Hit, ...]]
# What is known of a chunk: what its features weigh, how many they are, and the rest if it has any.
# A weight is of both classifiers, so that one sum does: the real part is of spam, the other of abuse.
_Known = tuple[complex, int, _Rest | None]
MAX_KNOWN_FIGURES = 8192  # Of texts' lengths, digits and capitals; some 2 MB, and few are ever met.


class ContentFilter:
    """Judges texts. One for a process: it remembers the words that it has met."""

    def __init__(self, classifiers: Classifiers, words: WordList | None = None) -> None:
        self._words = words or default_words()
        self._known: dict[str, _Known] = {}
        self._figures: dict[tuple[int, int, int], complex] = {}
        self.use(classifiers)

    def use(self, classifiers: Classifiers) -> None:
        """Judge by other classifiers from now on."""
        spam, abuse = classifiers.models[Topic.SPAM], classifiers.models[Topic.ABUSE]
        self.classifiers = classifiers
        self._biases = spam.bias, abuse.bias
        # Each weight once: of 65,536 some 2,000 differ, and those stay in the processor's cache.
        weights: dict[complex, complex] = {}
        self._weight_of = [
            weights.setdefault(weight, weight)
            for weight in map(complex, spam.weights, abuse.weights)
        ].__getitem__
        self._known.clear()
        self._figures.clear()

    def judge(self, text: str, policy: Policy) -> Verdict | None:
        """Judge a text by a room's policy; None where there is nothing to refuse or record."""
        findings: list[Finding] = []
        folded = fold(text)
        # Nearly every message is short, plain, and has nothing to look at more closely.
        is_plain = text.isascii() and len(text) <= MAX_REPEATS and text.isprintable()
        if policy.size is not Action.OFF and not is_plain:
            findings += size_findings(text)
        if policy.structure is not Action.OFF:
            findings += structure_findings(text, folded)
        if policy.meaning is not Action.OFF:
            findings += self._meaning_findings(text, folded)
        return _verdict(findings, policy) if findings else None

    def _meaning_findings(self, text: str, folded: str) -> list[Finding]:
        findings: list[Finding] = []
        hits = self._words.hits(folded)
        weight = 0j
        features = digits = capitals = singles = 0
        for its_weight, its_features, rest in self._entries(text):
            weight += its_weight
            features += its_features
            if rest is not None:
                digits += rest[0]
                capitals += rest[1]
                singles += rest[2]
                hits += rest[3]
        if singles >= MIN_SPELLED_LETTERS:
            hits += self._words.hits_spelled_out(folded)
        if hits:
            findings += _of_words(hits)
        weight += self._of_figures((len(text), digits, capitals))
        scale = math.sqrt(features + FIGURES)
        of_spam, of_abuse = self._biases
        if (margin := of_spam + weight.real / scale) > _NOTED_MARGIN:
            findings.append(self._of_classifier(text, Topic.SPAM, margin))
        if (margin := of_abuse + weight.imag / scale) > _NOTED_MARGIN:
            findings.append(self._of_classifier(text, Topic.ABUSE, margin))
        return findings

    def _of_figures(self, figures: tuple[int, int, int]) -> complex:
        """Say what a text's sums weigh: its characters, digits and capitals."""
        known = self._figures.get(figures)
        if known is None:
            if len(self._figures) >= MAX_KNOWN_FIGURES:
                self._figures.clear()
            known = self._figures[figures] = self._weigh(figure_buckets(*figures))
        return known

    def _weigh(self, buckets: Sequence[int]) -> complex:
        return sum(map(self._weight_of, buckets), 0j)

    def _entries(self, text: str) -> list[_Known]:
        """Look up what is known of a text's words, and meet some of those that are new."""
        known = self._known
        chunks = dict.fromkeys(text.split(None, MAX_CHUNKS))
        entries = list(filter(None, map(known.get, chunks)))
        if len(entries) < len(chunks):
            new = [chunk for chunk in chunks if chunk not in known]
            entries += [self._look_at(chunk) for chunk in new[:MAX_NEW_CHUNKS]]
        return entries

    def _look_at(self, chunk: str) -> _Known:
        """Meet a chunk that is not known as it stands."""
        if len(chunk) > MAX_SCORED_CHUNK_CHARS:
            # Only its beginning counts, and that may be known.
            chunk = chunk[:MAX_SCORED_CHUNK_CHARS]
            return self._known.get(chunk) or self._meet(chunk)
        if chunk.isdigit() and chunk.isascii():
            # Nothing but how long it is counts. Kept under a name that no chunk can have.
            name = f" {len(chunk)}"
            entry = self._known.get(name)
            if entry is None:
                entry = self._known[name] = self._meet(chunk)
            return entry
        return self._meet(chunk)

    def _of_classifier(self, text: str, topic: Topic, margin: float) -> Finding:
        score = probability(margin)
        if score < _SURE_FROM[topic]:
            score = min(score, SURE - 0.01)
        words = self.classifiers.explain(text, topic)
        return Finding(Level.MEANING, topic.value, round(score, 3), words)

    def _meet(self, chunk: str) -> _Known:
        short = chunk[:MAX_SCORED_CHUNK_CHARS]
        folded = fold(short)
        buckets, digits, capitals = folded_features(short, folded)
        hits: tuple[Hit, ...] = ()  # Not a list: the collector passes over what holds plain values.
        is_single = False
        if len(chunk) >= MIN_CHUNK_CHARS_IN_DISGUISE:
            hits = tuple(self._words.hits_in_disguise(folded))
        else:
            is_single = chunk.isalpha()
        rest = None
        if digits or capitals or is_single or hits:
            rest = digits, capitals, is_single, hits
        entry = self._weigh(buckets), len(buckets), rest
        # Numbers hardly come twice: telephone numbers, times, hashes.
        if len(chunk) <= MAX_SCORED_CHUNK_CHARS and digits < MANY_DIGITS:
            if len(self._known) >= MAX_KNOWN_CHUNKS:
                self._known.clear()
            self._known[chunk] = entry
        return entry


def _of_words(hits: list[Hit]) -> Iterator[Finding]:
    rules: dict[str, list[Hit]] = {}
    for hit in hits:
        rules.setdefault(hit.rule, []).append(hit)
    for rule, found in rules.items():
        written = tuple(dict.fromkeys(hit.written for hit in found))
        yield Finding(Level.MEANING, rule, max(hit.score for hit in found), written)


def _verdict(findings: list[Finding], policy: Policy) -> Verdict | None:
    kept = [
        finding
        for finding in findings
        if finding.score >= NOTED or policy.action_of(finding.level) is Action.STRICT
    ]
    if not kept:
        return None
    # What refuses stands first: it is what the sender is told.
    kept.sort(key=lambda finding: (policy.refuses(finding), finding.score), reverse=True)
    return Verdict(is_refused=policy.refuses(kept[0]), findings=tuple(kept))
