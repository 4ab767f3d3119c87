/**
 * Files on their way to the server: each is brought by a call of its own, and named in the message that
 * is sent then.
 * They belong to the place where one writes, and wait there while one looks elsewhere.
 */
import { effect, signal } from "@preact/signals";
import { call, newKey } from "../api/http.ts";
import { asRefusal, isPassing } from "../api/refusal.ts";
import type { FileCard } from "../api/types.ts";
import { t } from "../i18n/index.ts";
import { say, wordsFor } from "./notices.ts";

export const MAX_FILES = 10; // Of one message; the server's bound.
const UPLOAD_MS = 15 * 60_000; // 100 MB by a slow line.

export interface Upload {
  key: string;
  source: File;
  /** What the server made of it; null while it is on its way, and where that failed. */
  file: FileCard | null;
  error: string | null;
  /** It failed, and may succeed if it is tried again. */
  isStopped: boolean;
}

const held = signal<ReadonlyMap<string, readonly Upload[]>>(new Map());

/** What is not sent yet goes with the page. */
const ask = (event: BeforeUnloadEvent): void => event.preventDefault();
effect(() => {
  if (held.value.size > 0) addEventListener("beforeunload", ask);
  else removeEventListener("beforeunload", ask);
});

export interface Uploads {
  all: readonly Upload[];
  isBusy: boolean;
  again: (upload: Upload) => void;
  remove: (upload: Upload) => void;
  /** The ids of what is there; from here on they belong to the message. What failed stays. */
  take: () => number[];
}

export function uploadsAt(place: string): Uploads {
  const all = held.value.get(place) ?? [];
  return {
    all,
    isBusy: all.some((one) => one.file === null && one.error === null),
    again: (upload) => bring(place, upload),
    remove: (upload) => {
      put(place, (now) => now.filter((one) => one.key !== upload.key));
      const gone = upload.file;
      if (gone) call("DELETE", `/api/v2/files/${gone.id}`).catch(() => {}); // It ends by itself, too.
    },
    take: () => {
      put(place, (now) => now.filter((one) => one.file === null));
      return all.flatMap((one) => (one.file === null ? [] : [one.file.id]));
    },
  };
}

/** They are for nobody else who sits here next. */
export function forgetUploads(): void {
  held.value = new Map();
}

function put(place: string, change: (now: readonly Upload[]) => readonly Upload[]): void {
  const now = change(held.peek().get(place) ?? []);
  const all = new Map(held.peek());
  if (now.length > 0) all.set(place, now);
  else all.delete(place);
  held.value = all;
}

export function bringsFiles({ dataTransfer }: DragEvent): boolean {
  return dataTransfer?.types.includes("Files") === true;
}

/** The files that are let fall; a folder is none, though the browser gives it as one. */
export function filesOf({ dataTransfer }: DragEvent): File[] {
  const all = [...(dataTransfer?.items ?? [])].filter((item) => item.kind === "file");
  const files = all.filter((item) => item.webkitGetAsEntry()?.isDirectory !== true);
  if (files.length < all.length) say(t("file.folder"), "error");
  return files.flatMap((item) => item.getAsFile() ?? []);
}

/** Bring files to be sent with the next message there. */
export function addFiles(place: string, files: Iterable<File>): void {
  const all = [...files];
  const room = MAX_FILES - (held.peek().get(place)?.length ?? 0);
  if (all.length > room) say(t("file.too_many", { n: MAX_FILES }), "error");
  for (const source of all.slice(0, room)) {
    const upload = { key: newKey(), source, file: null, error: null, isStopped: false };
    put(place, (now) => [...now, upload]);
    bring(place, upload);
  }
}

/** Under the same key however often: what came through and was not answered is not kept twice. */
function bring(place: string, upload: Upload): void {
  const { key, source } = upload;
  const change = (over: Partial<Upload>): void =>
    put(place, (now) => now.map((one) => (one.key === key ? { ...one, ...over } : one)));
  // Several at once may be more than the server takes in a moment: the rest goes by itself.
  const again = (): void => {
    const waiting = held.peek().get(place) ?? [];
    if (waiting.some((one) => one.key === key)) bring(place, upload);
  };
  change({ error: null, isStopped: false });
  const path = `/api/v2/files?name=${encodeURIComponent(source.name)}`;
  call<FileCard>("POST", path, { raw: source, key, timeoutMs: UPLOAD_MS }).then(
    (file) => change({ file }),
    (error: unknown) => {
      const { code, retryAfter } = asRefusal(error);
      if (code === "rate_limited") setTimeout(again, (retryAfter ?? 1) * 1000);
      else change({ error: wordsFor(error), isStopped: isPassing(error) });
    },
  );
}
