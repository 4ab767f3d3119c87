/** The first account of a server is its Admin: it is made before any test makes another. */
import type { FullConfig } from "@playwright/test";

export const ADMIN = "admin";
export const PASSWORD = "a horse, a staple";

export default async function makeAdmin(config: FullConfig): Promise<void> {
  const base = config.projects[0]?.use.baseURL ?? "";
  const answer = await fetch(`${base}/auth/register`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ username: ADMIN, password: PASSWORD }),
  });
  if (!answer.ok && answer.status !== 409) throw new Error(await answer.text());
}
