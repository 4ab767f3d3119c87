/** What stands before any test: the first account, which is the server's Admin, and the login provider. */
import type { FullConfig } from "@playwright/test";
import { startProvider } from "./provider.ts";

export const ADMIN = "admin";
export const PASSWORD = "a horse, a staple";

export default async function begin(config: FullConfig): Promise<() => void> {
  const provider = await startProvider(Number(process.env.CAUSERIE_PROVIDER_PORT ?? 0));
  const base = config.projects[0]?.use.baseURL ?? "";
  const answer = await fetch(`${base}/auth/register`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ username: ADMIN, password: PASSWORD }),
  });
  if (!answer.ok && answer.status !== 409) throw new Error(await answer.text());
  return () => {
    provider.close();
    provider.closeAllConnections();
  };
}
