"""Causerie: a self-hosted messaging server, durable, ordered and resumable."""

__version__ = "0.1.0"
