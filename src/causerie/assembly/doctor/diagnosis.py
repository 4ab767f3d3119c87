"""All checks of a set-up, and what they come to."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

import msgspec

from causerie.assembly.doctor import machine, running, services
from causerie.assembly.doctor.finding import Finding, Verdict, well, wrong
from causerie.assembly.settings import ConfigurationError, Loaded

HALF = 0.5  # What a doubtful check is worth.


class Diagnosis(msgspec.Struct, frozen=True):
    """What was found. ``score`` is 100 where all that applies is well."""

    score: int
    findings: tuple[Finding, ...]

    @property
    def is_well(self) -> bool:
        """Say whether nothing is wrong."""
        return not any(finding.verdict is Verdict.WRONG for finding in self.findings)


def of_configuration(error: ConfigurationError) -> Diagnosis:
    """Tell what is wrong with the configuration, which the other checks would need."""
    return _diagnosis(
        wrong("configuration", str(problem), "mend the value, then come again")
        for problem in error.problems
    )


async def diagnose(loaded: Loaded, url: str) -> Diagnosis:
    """Look at everything that the configuration names, and at the server that may run there."""
    settings = loaded.settings
    outside = await asyncio.to_thread(
        lambda: list(
            running.look_at(
                url,
                is_production=settings.server.environment == "production",
                is_limited=settings.limits.max_messages_per_minute > 0,
            )
        )
    )
    is_served = any(finding.verdict is not Verdict.SKIPPED for finding in outside)
    findings = [
        well(
            "configuration",
            f"it can be read; settings that are not defaults: {len(loaded.sources)}",
        ),
        *await asyncio.to_thread(lambda: list(machine.folder(settings))),
        machine.port(settings, is_served=is_served),
        machine.descriptors(settings),
        *([found] if (found := machine.certificate(settings)) is not None else []),
        *[finding async for finding in services.postgres(settings)],
        *await asyncio.gather(
            services.redis(settings), services.scanner(settings), services.mail(settings)
        ),
        *outside,
    ]
    return _diagnosis(findings)


def _diagnosis(findings: Iterable[Finding]) -> Diagnosis:
    found = tuple(findings)
    counted = [finding.verdict for finding in found if finding.verdict is not Verdict.SKIPPED]
    points = counted.count(Verdict.WELL) + HALF * counted.count(Verdict.DOUBTFUL)
    return Diagnosis(round(100 * points / len(counted)) if counted else 100, found)
