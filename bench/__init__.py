"""The figures, measured beside other servers on the same machine in the same run."""
