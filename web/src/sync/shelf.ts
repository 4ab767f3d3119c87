/** The outbox on disk: an item of localStorage for each entry, so that tabs never overwrite another's. */
import type { Entry, Shelf } from "./outbox.ts";

export class LocalShelf implements Shelf {
  #prefix: string;
  #storage: Storage;

  constructor(userId: number, storage: Storage = localStorage) {
    this.#prefix = `causerie.outbox.${userId}.`;
    this.#storage = storage;
  }

  load(): Entry[] {
    const keys = Array.from({ length: this.#storage.length }, (_, n) => this.#storage.key(n));
    return keys.filter((key) => key?.startsWith(this.#prefix)).flatMap((key) => this.#read(key));
  }

  put(entry: Entry): void {
    try {
      this.#storage.setItem(this.#prefix + entry.id, JSON.stringify(entry));
    } catch {
      // Full or forbidden: the entry lives as long as this page does.
    }
  }

  remove(id: string): void {
    this.#storage.removeItem(this.#prefix + id);
  }

  #read(key: string | null): Entry[] {
    try {
      return [JSON.parse(this.#storage.getItem(key ?? "") ?? "") as Entry];
    } catch {
      return [];
    }
  }
}
