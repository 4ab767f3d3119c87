"""The values and rules of moderation."""

from causerie.moderation.model.classifiers import (
    Classifiers,
    pack,
    shipped_classifiers,
    train_classifiers,
    unpack,
)
from causerie.moderation.model.corpora import (
    Labelled,
    Topic,
    folds_of,
    read_abuse,
    read_irc,
    read_spam,
)
from causerie.moderation.model.evaluation import Score, Validation, cross_validate, judge
from causerie.moderation.model.features import FEATURES_VERSION, text_features
from causerie.moderation.model.filter import ContentFilter
from causerie.moderation.model.markup import safe_html
from causerie.moderation.model.verdict import Action, Finding, Level, Policy, Verdict

__all__ = [
    "FEATURES_VERSION",
    "Action",
    "Classifiers",
    "ContentFilter",
    "Finding",
    "Labelled",
    "Level",
    "Policy",
    "Score",
    "Topic",
    "Validation",
    "Verdict",
    "cross_validate",
    "folds_of",
    "judge",
    "pack",
    "read_abuse",
    "read_irc",
    "read_spam",
    "safe_html",
    "shipped_classifiers",
    "text_features",
    "train_classifiers",
    "unpack",
]
