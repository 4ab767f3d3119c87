/** A refusal of the server's, or of the network's: `code` is stable, the text is for people. */
export class Refusal extends Error {
  readonly code: string;
  readonly retryAfter: number | null;
  readonly fields: readonly { field: string; message: string }[];
  /** With `two_factor_required` after a provider's word: what to come back with, and a code. */
  readonly flow: string | null;
  /** With `too_large`: how much there may be. */
  readonly limit: number | null;

  constructor(
    code: string,
    message: string,
    retryAfter: number | null = null,
    fields: readonly { field: string; message: string }[] = [],
    flow: string | null = null,
    limit: number | null = null,
  ) {
    super(message);
    this.name = "Refusal";
    this.code = code;
    this.retryAfter = retryAfter;
    this.fields = fields;
    this.flow = flow;
    this.limit = limit;
  }
}

/** Nothing came back; whether the server heard us is not known. */
export const OFFLINE = "offline";

/** Codes after which the same thing may be tried again, with the same key. */
const PASSING = new Set([OFFLINE, "unavailable", "rate_limited", "internal"]);

export function asRefusal(error: unknown): Refusal {
  return error instanceof Refusal ? error : new Refusal(OFFLINE, String(error));
}

export function isPassing(error: unknown): boolean {
  return PASSING.has(asRefusal(error).code);
}

/** Read a problem document (RFC 9457); a proxy in between may have answered with something else. */
export function refusalOf(status: number, body: unknown, retryAfter: string | null): Refusal {
  const problem = (typeof body === "object" && body !== null ? body : {}) as Record<
    string,
    unknown
  >;
  const code = typeof problem.code === "string" ? problem.code : codeOf(status);
  const text = problem.detail ?? problem.title ?? `HTTP ${status}`;
  const seconds = Number(problem.retry_after ?? retryAfter ?? Number.NaN);
  const fields = Array.isArray(problem.errors) ? problem.errors : [];
  const flow = typeof problem.flow === "string" ? problem.flow : null;
  const limit = typeof problem.limit === "number" ? problem.limit : null;
  const wait = Number.isFinite(seconds) ? seconds : null;
  return new Refusal(code, String(text), wait, fields, flow, limit);
}

const CODES: Readonly<Record<number, string>> = {
  401: "unauthenticated",
  404: "not_found",
  405: "not_found",
  413: "too_large",
  429: "rate_limited",
};

function codeOf(status: number): string {
  return CODES[status] ?? (status >= 500 ? "unavailable" : "invalid");
}
