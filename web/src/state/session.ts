/** Signing in and out, and the chat of who is signed in. */
import { signal } from "@preact/signals";
import { connectCredentials, dropLogin, heldSession, keepLogin } from "../api/credentials.ts";
import { call, newKey } from "../api/http.ts";
import { loginByPasskey } from "../api/passkeys.ts";
import { asRefusal, Refusal } from "../api/refusal.ts";
import { Socket } from "../api/socket.ts";
import type { Conversation, LoggedIn, User } from "../api/types.ts";
import { t } from "../i18n/index.ts";
import { Chat } from "../sync/chat.ts";
import { forgetMemory, keepMemory } from "../sync/memory.ts";
import { LocalShelf } from "../sync/shelf.ts";
import { followTabs, forgetDrafts } from "./drafts.ts";
import { probeFeatures } from "./features.ts";
import { titleOf } from "./names.ts";
import { say, sayError } from "./notices.ts";
import { announce } from "./notifications.ts";
import { hearOwn, syncOwn } from "./own.ts";
import { unsubscribe } from "./pushes.ts";
import { forgetRights, readRights } from "./rights.ts";
import { go } from "./route.ts";
import { forgetUploads } from "./uploads.ts";

export type Link = { state: "connecting" | "open" | "lost"; retryAt: number | null };

/** starting: whether somebody is signed in is not known yet. */
export const stage = signal<"starting" | "out" | "in">("starting");
export const chat = signal<Chat | null>(null);
export const link = signal<Link>({ state: "connecting", retryAt: null });
/** Why one is signed out without having asked for it. */
export const endedBecause = signal<"login" | "banned" | null>(null);

const SLOWED_MS = 30_000;

let socket: Socket | null = null;
let slowedAt = 0;
let endings: (() => void)[] = [];

export function startSession(): void {
  connectCredentials(
    {
      csrf: () => call<{ csrf_token: string }>("GET", "/api/csrf-token", { anonymous: true }),
      keep: (csrf, refresh_token) =>
        call("POST", "/auth/cookies", {
          ...(refresh_token === null ? {} : { body: { refresh_token } }),
          csrf,
          anonymous: true,
        }),
    },
    leave,
  );
  const held = heldSession();
  if (held === null) stage.value = "out";
  else enter(held.user);
}

export async function signIn(username: string, password: string, code?: string): Promise<void> {
  const body = code ? { username, password, code } : { username, password };
  await welcome(await call<LoggedIn>("POST", "/auth/login", { body, anonymous: true }));
}

export async function signInByPasskey(): Promise<void> {
  const login = await loginByPasskey();
  if (login !== null) await welcome(login);
}

export async function signUp(
  username: string,
  password: string,
  email: string,
  invitation: string,
): Promise<void> {
  const body = {
    username,
    password,
    ...(email === "" ? {} : { email }),
    ...(invitation === "" ? {} : { invitation }),
  };
  await welcome(await call<LoggedIn>("POST", "/auth/register", { body, anonymous: true }));
}

export async function signOut(): Promise<void> {
  await unsubscribe().catch(() => {}); // What is told is for nobody else who sits here next.
  try {
    await call("DELETE", "/auth/cookies");
  } catch (error) {
    // Without the server's word the login would live on: say so rather than look signed out.
    if (asRefusal(error).code !== "unauthenticated") throw error;
  }
  const user = chat.peek()?.me.peek().id;
  dropLogin();
  leave(null);
  if (user !== undefined) forgetDrafts(user);
}

/** Enter with what a login has answered. */
export async function welcome(login: LoggedIn): Promise<void> {
  await keepLogin(login);
  enter(login.user);
}

function enter(user: User): void {
  endedBecause.value = null;
  link.value = { state: "connecting", retryAt: null };
  const line = {
    get isOpen(): boolean {
      return socket?.isOpen ?? false;
    },
    ask: <T>(type: string, data: unknown): Promise<T> =>
      socket === null ? Promise.reject(new Error("signed out")) : socket.ask<T>(type, data),
  };
  const entered = new Chat(user, line, new LocalShelf(user.id), {
    newKey,
    heard: (message) => announce(entered, message),
    slowed: saySlowed,
    missed: (id) => {
      call<Conversation>("GET", `/api/v2/conversations/${encodeURIComponent(id)}`)
        .then((now) => entered.keepConversation(now))
        .catch(() => {}); // At the next greeting, then.
    },
    left: (conversation) => say(t("conversation.left", { name: titleOf(conversation) })),
    refused: (entry) => {
      if (entry.error?.code === "forbidden") readRights().catch(() => {}); // They are others now.
      if (entry.command.type !== "send_message")
        sayError(new Refusal(entry.error?.code ?? "internal", entry.error?.message ?? ""));
    },
  });
  socket = new Socket({
    greeted: (hello) => {
      link.value = { state: "open", retryAt: null };
      entered.greeted(hello);
      void probeFeatures(line.ask);
      syncOwn(user.id);
    },
    heard: (event) => {
      entered.heard(event);
      hearOwn(user.id, event);
    },
    lost: (retryAt, reason) => {
      if (reason === "banned") leave("banned");
      else link.value = { state: "lost", retryAt };
    },
  });
  chat.value = entered;
  stage.value = "in";
  socket.start();
  endings = [keepMemory(entered), followTabs(user.id)];
}

/** Once for a while: who writes too fast is slowed with each message. */
function saySlowed(seconds: number): void {
  if (Date.now() - slowedAt < SLOWED_MS) return;
  slowedAt = Date.now();
  say(t("message.slowed", { n: seconds }));
}

function leave(reason: "login" | "banned" | null): void {
  if (stage.value === "out") return;
  socket?.stop();
  socket = null;
  for (const end of endings) end();
  forgetUploads();
  forgetRights();
  void forgetMemory(); // What is known of one is for nobody else who sits here next.
  chat.value = null;
  if (reason === "banned") dropLogin();
  endedBecause.value = reason;
  stage.value = "out";
  if (reason !== "login") go("/", "replace"); // Else one comes back to where one was.
}
