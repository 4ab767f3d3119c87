"""People who send files: an admin, Ann with a private room, and Eve who is in nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from causerie.files import FileId
from causerie.files.jobs import sweep_once
from causerie.foundation.postgres import Database
from tests.scenes.node import Answer, NodeScene, User

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360"
    "f8cfc0f01f0005050201b5ad9f3a0000000049454e44ae426082"
)


class FilesScene:
    """A node, and what its people do with files."""

    def __init__(
        self, node: NodeScene, database: Database, folder: Path, people: tuple[User, User, User]
    ) -> None:
        self.node = node
        self.database = database
        self.folder = folder
        self.admin, self.ann, self.eve = people

    @classmethod
    async def open(cls, node: NodeScene, database: Database, folder: Path) -> FilesScene:
        """Register everybody; the first one is the admin."""
        admin = await node.register("admin")
        people = (admin, await node.register("ann"), await node.register("eve"))
        return cls(node, database, folder, people)

    @property
    def people(self) -> tuple[User, User, User]:
        return self.admin, self.ann, self.eve

    async def security_events(self, kind: str) -> list[dict[str, Any]]:
        """What the audit trail holds of a kind, once its worker has stored what was raised."""
        async with asyncio.timeout(60):
            while True:
                path = f"/api/v2/audit/security-events?kind={kind}"
                answer = await self.get(path, user=self.admin)
                if items := answer.json()["items"]:
                    return list(items)
                await asyncio.sleep(0.05)

    async def upload(
        self,
        content: bytes,
        *,
        name: str = "notes.txt",
        user: User | None = None,
        key: str | None = None,
    ) -> Answer:
        headers = {} if key is None else {"idempotency-key": key}
        target = f"/api/v2/files?name={quote(name)}"
        return await self.node.call("POST", target, content, user=user or self.ann, headers=headers)

    async def bring(
        self, content: bytes, *, name: str = "notes.txt", user: User | None = None
    ) -> dict[str, Any]:
        answer = await self.upload(content, name=name, user=user)
        assert answer.status == 201, answer.body
        body: dict[str, Any] = answer.json()
        return body

    async def room(self, name: str, *, members: Sequence[User] = ()) -> str:
        """Ann's private room."""
        body = {
            "kind": "room",
            "name": name,
            "visibility": "private",
            "members": [member.id for member in members],
        }
        answer = await self.node.call("POST", "/api/v2/conversations", body, user=self.ann)
        assert answer.status == 201, answer.body
        return str(answer.json()["id"])

    async def send(self, room: str, body: object, *, user: User | None = None) -> Answer:
        path = f"/api/v2/conversations/{room}/messages"
        return await self.node.call("POST", path, body, user=user or self.ann)

    async def post(
        self,
        room: str,
        *file_ids: int,
        content: str = "",
        message_type: str = "file",
        user: User | None = None,
    ) -> dict[str, Any]:
        """A message that was sent."""
        body = {"content": content, "message_type": message_type, "file_ids": file_ids}
        answer = await self.send(room, body, user=user)
        assert answer.status == 201, answer.body
        message: dict[str, Any] = answer.json()
        return message

    async def history(self, room: str, *, user: User | None = None) -> list[dict[str, Any]]:
        answer = await self.get(f"/api/v2/conversations/{room}/messages", user=user)
        return list(answer.json()["items"])

    async def get(
        self,
        path: str,
        *,
        user: User | None = None,
        method: str = "GET",
        **headers: str,
    ) -> Answer:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.node.call(method, path, user=user or self.ann, headers=sent)

    async def follow(self, path: str) -> Answer:
        """Without credentials, as an ``<img>`` does."""
        return await self.node.call("GET", path)

    def stored(self) -> list[Path]:
        """What lies in the data folder of files."""
        return [path for path in (self.folder / "files").rglob("*") if path.is_file()]

    async def look_again(self, file_id: int) -> dict[str, Any]:
        """Have a file looked at that was put off, now; gives it as its owner sees it then."""
        async with self.database.connection() as connection:
            await connection.execute(
                "UPDATE files.files SET next_try_at = clock_timestamp() WHERE id = $1", file_id
            )
        await self.node.node.files.inspection.wait_for(FileId(file_id), seconds=30)
        answer = await self.get(f"/api/v2/files/{file_id}")
        body: dict[str, Any] = answer.json()
        return body

    async def plant(self) -> int:
        """A clean file of Ann's, by its row alone."""
        async with self.database.connection() as connection:
            file_id: int = await connection.fetchval(
                "INSERT INTO files.files (uploader_id, name, media_type, size_bytes, sha256,"
                " storage_key, state) VALUES ($1, 'a', 'image/png', 9, $2, 'aa/aa', 'clean')"
                " RETURNING id",
                self.ann.id,
                bytes(32),
            )
        return file_id

    async def reason(self, file_id: int) -> str | None:
        """Why a file is where it is, as the books have it."""
        file = await self.node.node.files.table.find_any(FileId(file_id))
        assert file is not None
        return file.reason

    async def sweep(self) -> None:
        """What the worker does each few minutes."""
        files = self.node.node.files
        await sweep_once(files.table, files.objects)

    async def age(self, file_id: int, *, hours: int) -> None:
        """Have a file been brought so long ago."""
        async with self.database.connection() as connection:
            await connection.execute(
                "UPDATE files.files SET created_at = created_at - $2 * interval '1 hour'"
                " WHERE id = $1",
                file_id,
                hours,
            )

    async def cut_off(self, content: bytes) -> Answer:
        """Hang up in the middle of an upload."""
        announced = {"content-length": str(2 * len(content))}
        return await self.node.call(
            "POST", "/api/v2/files?name=a", content, user=self.ann, headers=announced, is_cut=True
        )
