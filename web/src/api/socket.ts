/** The socket of v2: opens, answers by `ref`, notices silence, and comes back by itself. */
import { freshSession } from "./credentials.ts";
import { call } from "./http.ts";
import { returnAfter, waitBefore } from "./reconnecting.ts";
import { asRefusal, OFFLINE, Refusal } from "./refusal.ts";
import type { Hello, ServerEvent } from "./types.ts";

const ANSWER_MS = 15_000; // After this the line is taken for dead, not the server for slow.
const QUIET_MS = 25_000; // Below the server's heartbeat of 30 s.
const PONG_MS = 8_000;

export interface SocketUser {
  /** A socket is open and greeted; the first frame should be sent before this returns. */
  greeted(hello: Hello): void;
  heard(event: ServerEvent): void;
  /** The socket is gone; `retryAt` is when the next one is tried, null for never. */
  lost(retryAt: number | null, reason: "network" | "banned" | "login"): void;
}

interface Waiting {
  resolve(data: unknown): void;
  reject(error: Refusal): void;
  timer: ReturnType<typeof setTimeout>;
}

export class Socket {
  #user: SocketUser;
  #socket: WebSocket | null = null;
  #attempt = 0;
  #opening = false;
  #stopped = true;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #quiet: ReturnType<typeof setTimeout> | undefined;
  #ref = 0;
  #waiting = new Map<number, Waiting>();
  #isGreeted = false;

  constructor(user: SocketUser) {
    this.#user = user;
  }

  start(): void {
    this.#stopped = false;
    addEventListener("online", this.#comeBackNow);
    addEventListener("offline", this.#doubt);
    document.addEventListener("visibilitychange", this.#comeBackNow);
    void this.#open();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#retry);
    removeEventListener("online", this.#comeBackNow);
    removeEventListener("offline", this.#doubt);
    document.removeEventListener("visibilitychange", this.#comeBackNow);
    this.#socket?.close(1000);
    this.#forget();
  }

  get isOpen(): boolean {
    return this.#isGreeted;
  }

  /** Give a command and wait for its answer. Raises `Refusal`, with `OFFLINE` where none came. */
  ask<T>(type: string, data: unknown): Promise<T> {
    const socket = this.#socket;
    if (socket === null || !this.#isGreeted) {
      return Promise.reject(new Refusal(OFFLINE, "There is no connection"));
    }
    this.#ref += 1;
    const ref = this.#ref;
    return new Promise<T>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(ref);
        reject(new Refusal(OFFLINE, "No answer came"));
        this.#drop();
      }, ANSWER_MS);
      this.#waiting.set(ref, { resolve: resolve as (data: unknown) => void, reject, timer });
      socket.send(JSON.stringify({ type, ref, data }));
    });
  }

  async #open(): Promise<void> {
    if (this.#stopped || this.#opening || this.#socket !== null) return;
    this.#opening = true;
    clearTimeout(this.#retry);
    try {
      if ((await freshSession()) === null) return;
      const { ticket } = await call<{ ticket: string }>("POST", "/auth/ticket");
      if (!this.#stopped) this.#listen(new WebSocket(addressWith(ticket)));
    } catch (error) {
      const code = asRefusal(error).code;
      if (code === "banned") this.#user.lost(null, "banned");
      else if (code !== "unauthenticated") this.#later();
    } finally {
      this.#opening = false;
    }
  }

  #listen(socket: WebSocket): void {
    this.#socket = socket;
    socket.onmessage = (event: MessageEvent<string>) => {
      if (this.#socket !== socket) return;
      this.#stirred();
      this.#take(JSON.parse(event.data));
    };
    socket.onclose = (event) => {
      if (this.#socket === socket) this.#closed(event.code);
    };
    this.#stirred();
  }

  #take(frame: { type: string; ref?: number | null; data: unknown }): void {
    if (frame.type === "hello") {
      this.#attempt = 0;
      this.#isGreeted = true;
      this.#user.greeted(frame.data as Hello);
    } else if (frame.type === "ack" || frame.type === "error") {
      this.#answer(frame.type === "ack", frame.ref, frame.data);
    } else {
      this.#user.heard(frame as ServerEvent);
    }
  }

  #answer(isGood: boolean, ref: number | null | undefined, data: unknown): void {
    const waiting = typeof ref === "number" ? this.#waiting.get(ref) : undefined;
    if (waiting === undefined) return;
    this.#waiting.delete(ref as number);
    clearTimeout(waiting.timer);
    if (isGood) {
      waiting.resolve(data);
      return;
    }
    const error = data as { code: string; message: string; retry_after?: number };
    waiting.reject(new Refusal(error.code, error.message, error.retry_after ?? null));
  }

  #closed(code: number): void {
    this.#forget();
    if (this.#stopped) return;
    const next = returnAfter(code);
    if (next === "never") {
      this.#user.lost(null, "banned");
      return;
    }
    // 4401: whether the login itself is over is told by renewing its token.
    this.#later(next === "after-login" ? "login" : "network");
  }

  #later(reason: "network" | "login" = "network"): void {
    const wait = waitBefore(this.#attempt, Math.random());
    this.#attempt += 1;
    this.#user.lost(Date.now() + wait, reason);
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => void this.#open(), wait);
  }

  #forget(): void {
    clearTimeout(this.#quiet);
    this.#socket = null;
    this.#isGreeted = false;
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const one of waiting) {
      clearTimeout(one.timer);
      one.reject(new Refusal(OFFLINE, "The connection was lost"));
    }
  }

  /** Give a line up that is dead though nobody has said so: `close` would wait for its answer. */
  #drop(): void {
    const socket = this.#socket;
    if (socket === null) return;
    socket.onclose = null;
    socket.onmessage = null;
    socket.close();
    this.#closed(1006);
  }

  #stirred(): void {
    clearTimeout(this.#quiet);
    this.#quiet = setTimeout(() => this.#probe(), QUIET_MS);
  }

  #probe(): void {
    clearTimeout(this.#quiet);
    this.#quiet = setTimeout(() => this.#drop(), PONG_MS);
    this.ask("ping", {}).catch(() => {});
  }

  #comeBackNow = (): void => {
    if (document.visibilityState === "hidden") return;
    if (this.#socket === null) {
      this.#attempt = 0;
      void this.#open();
    } else if (this.#isGreeted) {
      this.#probe(); // After a sleep the line may be dead without a sign.
    }
  };

  /** The browser knows of no network: what is sent now would be lost, and a return costs little. */
  #doubt = (): void => {
    this.#drop();
  };
}

function addressWith(ticket: string): string {
  const address = new URL("/ws/v2", location.href);
  address.protocol = location.protocol === "https:" ? "wss:" : "ws:";
  address.searchParams.set("ticket", ticket);
  return address.href;
}
