"""The files of a node: built from the settings, and what is found in them told to the audit trail."""

from __future__ import annotations

from causerie.accounts.wiring import Accounts
from causerie.assembly.ground import Ground
from causerie.assembly.options import file_options
from causerie.assembly.settings import Settings
from causerie.assembly.storage import Storage
from causerie.audit import Kind
from causerie.files import HarmfulFileFound
from causerie.files import wiring as files_wiring
from causerie.files.wiring import Files
from causerie.foundation.crypto import load_master_key


def build_files(settings: Settings, storage: Storage, ground: Ground, accounts: Accounts) -> Files:
    """Build the slice. Raises ``MasterKeyUnusable``."""
    ground.events.listen(
        HarmfulFileFound,
        lambda e: ground.audit.events.raise_(
            Kind.HARMFUL_FILE,
            user_id=e.uploader_id,
            details={"file_id": e.file_id, "sha256": e.sha256, "found": e.found},
        ),
    )
    data_dir, master_key = settings.server.data_dir, settings.security.master_key
    return files_wiring.build(
        file_options(settings),
        database=storage.database,
        events=ground.events,
        completion=ground.completion,
        voices=accounts.restrictions,
        signer=load_master_key(data_dir, configured=master_key),
        clock=ground.clock,
    )
