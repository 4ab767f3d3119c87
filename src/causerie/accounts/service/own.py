"""All that one does with what proves oneself, kept together."""

from __future__ import annotations

from dataclasses import dataclass

from causerie.accounts.service.api_keys import ApiKeys
from causerie.accounts.service.codes import Codes
from causerie.accounts.service.devices import DeviceKeeper
from causerie.accounts.service.invitations import Invitations
from causerie.accounts.service.passkeys import Passkeys
from causerie.accounts.service.passwords import PasswordChanges
from causerie.accounts.service.profiles import Profiles
from causerie.accounts.service.resets import PasswordResets
from causerie.accounts.service.role_desk import RoleDesk
from causerie.accounts.service.second_factor import TwoFactor
from causerie.accounts.service.step_up import StepUp


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnAccount:
    """The parts of accounts that a user meets beyond the login."""

    codes: Codes
    step_up: StepUp
    two_factor: TwoFactor
    passkeys: Passkeys
    devices: DeviceKeeper
    password_changes: PasswordChanges
    resets: PasswordResets
    api_keys: ApiKeys
    invitations: Invitations
    role_desk: RoleDesk
    profiles: Profiles
