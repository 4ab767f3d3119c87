"""Who talks to whom: settings, wiring and commands; nothing else knows everyone."""
