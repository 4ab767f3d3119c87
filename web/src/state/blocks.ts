/** Whom the user wants nothing from. */
import { signal } from "@preact/signals";
import { call, newKey } from "../api/http.ts";
import type { Block, User } from "../api/types.ts";

export const blocks = signal<readonly Block[]>([]);

export function isBlocked(userId: number): boolean {
  return blocks.value.some((one) => one.user.id === userId);
}

export async function readBlocks(): Promise<void> {
  blocks.value = (await call<{ items: Block[] }>("GET", "/api/v2/blocks")).items;
}

export async function block(user: Pick<User, "id">): Promise<void> {
  await call("PUT", `/api/v2/blocks/${user.id}`, { key: newKey() });
  await readBlocks();
}

export async function unblock(userId: number): Promise<void> {
  await call("DELETE", `/api/v2/blocks/${userId}`, { key: newKey() });
  blocks.value = blocks.peek().filter((one) => one.user.id !== userId);
}
