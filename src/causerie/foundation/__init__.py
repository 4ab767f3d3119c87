"""What every capability stands on: storage, real time, cryptography, telemetry, time."""
