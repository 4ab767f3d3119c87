"""``causerie moderation train`` and ``evaluate``: the classifiers of the content filter."""

from __future__ import annotations

import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from causerie.assembly.cli.failures import fail

if TYPE_CHECKING:  # help must come fast
    from causerie.moderation import ContentFilter, Labelled, Score, Topic

T = TypeVar("T")

SpamFile = Annotated[
    Path, typer.Option("--spam", exists=True, dir_okay=False, help="Lines: ham or spam, tab, text.")
]
AbuseFile = Annotated[
    Path,
    typer.Option(
        "--abuse",
        exists=True,
        dir_okay=False,
        help="CSV: class (hate, offensive, neither) and text.",
    ),
]
IrcFiles = Annotated[
    list[Path],
    typer.Option(
        "--irc", exists=True, dir_okay=False, help="Ordinary chat, [HH:MM] <nick> text; repeat it."
    ),
]
MaybeSpam = Annotated[
    Path | None, typer.Option("--spam", exists=True, dir_okay=False, help="As for train.")
]
MaybeAbuse = Annotated[
    Path | None, typer.Option("--abuse", exists=True, dir_okay=False, help="As for train.")
]
MaybeIrc = Annotated[
    list[Path] | None, typer.Option("--irc", exists=True, dir_okay=False, help="As for train.")
]
MIN_EXAMPLES = 50  # Below, a fold has a handful, and a figure says nothing.


def train(
    spam: SpamFile,
    abuse: AbuseFile,
    irc: IrcFiles,
    out: Annotated[Path, typer.Option(dir_okay=False, help="Where to write the weights.")],
) -> None:
    """Train on labelled texts and ordinary chat; the same files give the same weights."""
    from causerie.moderation import pack, read_abuse, read_irc, read_spam, train_classifiers

    classifiers = train_classifiers(
        spam=_read(spam, read_spam),
        abuse=_read(abuse, read_abuse),
        background=[line for path in irc for line in _read(path, read_irc)],
    )
    written = pack(classifiers)
    out.write_bytes(written)
    typer.echo(f"{out}: {len(written)} bytes")


def evaluate(spam: MaybeSpam = None, abuse: MaybeAbuse = None, irc: MaybeIrc = None) -> None:
    """Print how the classifiers and the filter do on files of these formats, as Markdown.

    By cross-validation (trained on four fifths of the file, asked about the fifth, five times), and
    with the weights that are shipped, which says something of files only that they were not trained
    on. Of ordinary chat: how many lines the default settings hold back, and what a line costs.
    """
    if not (spam or abuse or irc):
        raise typer.BadParameter("name at least one file: --spam, --abuse or --irc")
    for line in report(spam=spam, abuse=abuse, irc=irc or []):
        typer.echo(line)


def report(*, spam: Path | None, abuse: Path | None, irc: list[Path]) -> Iterator[str]:
    """Write the figures, line by line, as they come."""
    from causerie.moderation import Topic, read_abuse, read_irc, read_spam

    if spam is not None:
        yield from _about_corpus("Spam", Topic.SPAM, _read(spam, read_spam))
    if abuse is not None:
        yield from _about_corpus("Abuse", Topic.ABUSE, _read(abuse, read_abuse))
    if irc:
        yield from _about_chat([line for path in irc for line in _read(path, read_irc)])


def _about_corpus(title: str, topic: Topic, corpus: list[Labelled]) -> Iterator[str]:
    from causerie.moderation import cross_validate, judge, shipped_classifiers

    positives = sum(labelled.is_positive for labelled in corpus)
    if min(positives, len(corpus) - positives) < MIN_EXAMPLES:
        fail(f"{title.lower()}: fewer than {MIN_EXAMPLES} examples of either label")
    yield f"## {title}"
    yield ""
    yield f"{len(corpus)} texts, {positives} of them positive. Cross-validated:"
    yield ""
    yield "| | F1 | precision | recall |"
    yield "| --- | --- | --- | --- |"
    done = cross_validate(corpus, topic)
    for number, score in enumerate(done.folds, 1):
        yield _row(f"fold {number}", score)
    yield _row("all folds", done.overall)
    yield _row("the weights that are shipped", judge(corpus, shipped_classifiers().models[topic]))
    yield ""


def _row(name: str, score: Score) -> str:
    return f"| {name} | {score.f1:.4f} | {score.precision:.4f} | {score.recall:.4f} |"


def _about_chat(lines: list[str]) -> Iterator[str]:
    from causerie.moderation import ContentFilter, Policy, shipped_classifiers

    if not lines:
        fail("no line of the form [HH:MM] <nick> text")
    content_filter, policy = ContentFilter(shipped_classifiers()), Policy()
    refused: Counter[str] = Counter()
    flagged: Counter[str] = Counter()
    for line in lines:
        verdict = content_filter.judge(line, policy)
        if verdict is not None:
            (refused if verdict.is_refused else flagged)[verdict.findings[0].rule] += 1
    yield "## Ordinary chat"
    yield ""
    yield f"{len(lines)} lines, default settings; held back must be at most 1 in 200 (0.5 %)."
    yield ""
    yield "| | lines | share | rules |"
    yield "| --- | --- | --- | --- |"
    for name, counts in (("held back", refused), ("flagged", flagged)):
        rules = ", ".join(f"{rule} {count}" for rule, count in counts.most_common())
        count = sum(counts.values())
        yield f"| {name} | {count} | {count / len(lines):.3%} | {rules} |"
    yield ""
    yield "| processor time of a line, µs | median | 99 of 100 within |"
    yield "| --- | --- | --- |"
    new_filter = ContentFilter(shipped_classifiers())
    # Twice: words are dear when they are met, and a chat that has lasted has met nearly all.
    for name in ("first time", "again"):
        cost = [_cost(new_filter, line) for line in lines]
        within = statistics.quantiles(cost, n=100)[98] if len(cost) > 1 else cost[0]
        yield f"| {name} | {statistics.median(cost):.1f} | {within:.1f} |"
    yield ""


def _cost(content_filter: ContentFilter, line: str) -> float:
    from causerie.moderation import Policy

    policy = Policy()
    begun = time.thread_time()
    content_filter.judge(line, policy)
    return (time.thread_time() - begun) * 1e6


def _read(path: Path, reader: Callable[[str], T]) -> T:
    try:
        return reader(path.read_text(encoding="utf-8", errors="replace"))
    except (OSError, ValueError) as error:
        fail(f"{path}: {error}")
