/** The worker of this browser: the page without a network, and what concerns the user with no page open. */
import { call, newKey } from "../api/http.ts";
import { go } from "./route.ts";

const WORKER = "/sw.js";

/** The only script address that this page makes itself (Trusted Types). */
function workerAddress(): string {
  const types = (window as { trustedTypes?: TrustedTypes }).trustedTypes;
  const policy = types?.createPolicy("causerie", { createScriptURL: () => WORKER });
  return (policy?.createScriptURL(WORKER) ?? WORKER) as string;
}

interface TrustedTypes {
  createPolicy(
    name: string,
    rules: { createScriptURL: (address: string) => string },
  ): { createScriptURL(address: string): unknown };
}

let worker: Promise<ServiceWorkerRegistration> | null = null;

/** Have the worker that opens the page without a network, and takes pushes. */
export async function startWorker(): Promise<ServiceWorkerRegistration | null> {
  if (!("serviceWorker" in navigator)) return null; // On plain HTTP browsers have none.
  worker ??= navigator.serviceWorker.register(workerAddress());
  return worker;
}

/** Have this browser told. Raises `Refusal`, or what the browser says where it may not. */
export async function subscribe(): Promise<void> {
  const registration = await startWorker();
  if (registration === null || !("PushManager" in window)) return;
  await navigator.serviceWorker.ready;
  const { public_key } = await call<{ public_key: string }>("GET", "/api/v2/push/key");
  const subscription = await registration.pushManager.subscribe({
    userVisibleOnly: true,
    applicationServerKey: public_key,
  });
  const body = subscription.toJSON();
  await call("POST", "/api/v2/push/subscriptions", { body, key: newKey() });
}

/** Whether this browser is told now. */
export async function isSubscribed(): Promise<boolean> {
  const registration = await startWorker();
  return ((await registration?.pushManager?.getSubscription()) ?? null) !== null;
}

/** End it on this browser; the server drops what its push service no longer knows. */
export async function unsubscribe(): Promise<void> {
  if (!("serviceWorker" in navigator)) return;
  const registration = await navigator.serviceWorker.getRegistration();
  const subscription = await registration?.pushManager?.getSubscription();
  await subscription?.unsubscribe();
}

/** A click on a notification leads there. */
export function followPushes(): void {
  if (!("serviceWorker" in navigator)) return;
  navigator.serviceWorker.addEventListener("message", (event: MessageEvent<{ go?: string }>) => {
    if (event.data.go?.startsWith("/")) go(event.data.go);
  });
}
