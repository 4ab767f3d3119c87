/** Calls over HTTP: JSON in and out, refusals as errors, keys for what must happen once. */
import { distrust, freshSession, otherToken, type Session } from "./credentials.ts";
import { asRefusal, OFFLINE, Refusal, refusalOf } from "./refusal.ts";

const TIMEOUT_MS = 20_000;

export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

export interface CallOptions {
  body?: unknown;
  /** Bytes as they are, in the place of JSON. */
  raw?: Blob;
  timeoutMs?: number;
  /** Makes the write happen once, however often it is repeated. */
  key?: string;
  /** Without a session: what logs in. */
  anonymous?: boolean;
  /** Instead of the session's own: while there is none yet. */
  csrf?: string;
}

export async function call<T>(method: Method, path: string, options: CallOptions = {}): Promise<T> {
  const session = options.anonymous ? null : await freshSession();
  try {
    return await once<T>(method, path, options, session);
  } catch (error) {
    const better = session && (await betterSession(session, method, asRefusal(error).code));
    if (!better) throw error;
    return once<T>(method, path, options, better);
  }
}

/** What the same call may be tried with again, where it was not the user who was refused. */
async function betterSession(
  session: Session,
  method: Method,
  code: string,
): Promise<Session | null> {
  if (code === "unauthenticated") {
    distrust(session); // Its time may be over by the server's clock, or its login by somebody's word.
    return freshSession();
  }
  // Another tab may have renewed, or a forged request been kept out: the token tells which.
  return code === "forbidden" && method !== "GET" ? otherToken(session) : null;
}

async function once<T>(
  method: Method,
  path: string,
  options: CallOptions,
  session: Session | null,
): Promise<T> {
  const answer = await send(path, {
    method,
    headers: headersOf(options, session),
    ...bodyFor(options),
    // A reload in between must not lose the cookies of an answer.
    keepalive: path === "/auth/cookies",
    signal: AbortSignal.timeout(options.timeoutMs ?? TIMEOUT_MS),
  });
  return (await bodyOf(answer)) as T;
}

function bodyFor({ body, raw }: CallOptions): { body?: BodyInit } {
  if (raw !== undefined) return { body: raw };
  return body === undefined ? {} : { body: JSON.stringify(body) };
}

function headersOf(options: CallOptions, session: Session | null): Record<string, string> {
  const headers: Record<string, string> = { Accept: "application/json" };
  if (options.body !== undefined) headers["Content-Type"] = "application/json";
  if (options.key !== undefined) headers["Idempotency-Key"] = options.key;
  const csrf = options.csrf ?? session?.csrf;
  if (csrf !== undefined) headers["X-CSRF-Token"] = csrf;
  return headers;
}

async function send(path: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(path, { credentials: "same-origin", ...init });
  } catch (error) {
    throw new Refusal(OFFLINE, String(error));
  }
}

/** Give the JSON of an answer, or throw its problem document. */
export async function bodyOf(answer: Response): Promise<unknown> {
  const text = await answer.text().catch((error: unknown) => {
    throw new Refusal(OFFLINE, String(error));
  });
  const body = parsed(text);
  if (!answer.ok) throw refusalOf(answer.status, body, answer.headers.get("Retry-After"));
  return body;
}

function parsed(text: string): unknown {
  try {
    return text === "" ? null : JSON.parse(text);
  } catch {
    return null;
  }
}

/** A fresh key for one thing that the user does. */
export function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
