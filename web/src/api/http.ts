/** Calls over HTTP: JSON in and out, refusals as errors, keys for what must happen once. */
import { distrustToken, freshToken } from "./credentials.ts";
import { asRefusal, OFFLINE, Refusal, refusalOf } from "./refusal.ts";

const TIMEOUT_MS = 20_000;

type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

export interface CallOptions {
  body?: unknown;
  /** Makes the write happen once, however often it is repeated. */
  key?: string;
  /** Without credentials: what logs in. */
  anonymous?: boolean;
}

export async function call<T>(method: Method, path: string, options: CallOptions = {}): Promise<T> {
  const token = options.anonymous ? null : await freshToken();
  try {
    return await once<T>(method, path, options, token);
  } catch (error) {
    // Its time may be over by the server's clock, or its session by somebody's word.
    if (token === null || asRefusal(error).code !== "unauthenticated") throw error;
    distrustToken(token);
    return once<T>(method, path, options, await freshToken());
  }
}

async function once<T>(
  method: Method,
  path: string,
  options: CallOptions,
  token: string | null,
): Promise<T> {
  const answer = await send(path, {
    method,
    headers: headersOf(options, token),
    ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  return (await bodyOf(answer)) as T;
}

function headersOf(options: CallOptions, token: string | null): Record<string, string> {
  const headers: Record<string, string> = { Accept: "application/json" };
  if (options.body !== undefined) headers["Content-Type"] = "application/json";
  if (options.key !== undefined) headers["Idempotency-Key"] = options.key;
  if (token !== null) headers.Authorization = `Bearer ${token}`;
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
