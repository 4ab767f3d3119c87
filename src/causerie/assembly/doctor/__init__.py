"""What is wrong with a set-up, and what to do about it."""

from causerie.assembly.doctor.diagnosis import Diagnosis, diagnose
from causerie.assembly.doctor.finding import Finding, Verdict

__all__ = ["Diagnosis", "Finding", "Verdict", "diagnose"]
