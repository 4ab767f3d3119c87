"""The tables of receipts, and what they ask of the conversations'."""
