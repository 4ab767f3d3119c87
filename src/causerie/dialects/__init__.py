"""Other tongues: the same conversations and messages, for clients that speak older protocols."""
