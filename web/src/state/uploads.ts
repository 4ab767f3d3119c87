/** Files on their way to the server: brought one by one, and named in the message that is sent then. */
import { signal } from "@preact/signals";
import { useEffect, useState } from "preact/hooks";
import { call, newKey } from "../api/http.ts";
import type { FileCard } from "../api/types.ts";
import { wordsFor } from "./notices.ts";

export const MAX_FILES = 10; // Of one message; the server's bound.
const UPLOAD_MS = 15 * 60_000; // 100 MB by a slow line.

export interface Upload {
  key: string;
  name: string;
  size: number;
  file: FileCard | null;
  error: string | null;
}

/** What was let fall on the conversation, until the place where one writes has taken it. */
export const dropped = signal<readonly File[]>([]);

export interface Uploads {
  all: readonly Upload[];
  isBusy: boolean;
  add: (files: Iterable<File>) => void;
  remove: (key: string) => void;
  /** The ids of what is there; from here on they belong to the message. */
  take: () => number[];
}

export function useUploads(): Uploads {
  const [all, setAll] = useState<readonly Upload[]>([]);
  const change = (key: string, now: Partial<Upload>) =>
    setAll((held) => held.map((one) => (one.key === key ? { ...one, ...now } : one)));
  const add = (files: Iterable<File>) => {
    const room = MAX_FILES - all.length;
    for (const file of [...files].slice(0, room)) {
      const key = newKey();
      const upload = { key, name: file.name, size: file.size, file: null, error: null };
      setAll((held) => [...held, upload]);
      bring(file, key).then(
        (card) => change(key, { file: card }),
        (error: unknown) => change(key, { error: wordsFor(error) }),
      );
    }
  };
  useEffect(() =>
    dropped.subscribe((files) => {
      if (files.length === 0) return;
      add(files);
      dropped.value = [];
    }),
  );
  return {
    all,
    isBusy: all.some((one) => one.file === null && one.error === null),
    add,
    remove: (key) => {
      const gone = all.find((one) => one.key === key)?.file;
      setAll((held) => held.filter((one) => one.key !== key));
      if (gone) call("DELETE", `/api/v2/files/${gone.id}`).catch(() => {}); // It ends by itself, too.
    },
    take: () => {
      const ids = all.flatMap((one) => (one.file === null ? [] : [one.file.id]));
      setAll([]);
      return ids;
    },
  };
}

function bring(file: File, key: string): Promise<FileCard> {
  const path = `/api/v2/files?name=${encodeURIComponent(file.name)}`;
  return call<FileCard>("POST", path, { raw: file, key, timeoutMs: UPLOAD_MS });
}
