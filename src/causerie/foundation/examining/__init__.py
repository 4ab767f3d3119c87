"""Looking into files that may be hostile, in a process that may die of it.

This file imports nothing: the child would wait for it.
"""
