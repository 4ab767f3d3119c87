"""The servers that Causerie is measured beside."""
