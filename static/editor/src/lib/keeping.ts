/**
 * The copy in this browser. It is written at every edit, before anything is sent, so that a reload, a crash or the
 * end of a lease loses nothing.
 */
import type { Doc } from "./operations";

export interface Kept {
  flow: Doc["flow"];
  places: Doc["places"];
  /** The server's revision that this builds on. */
  revision: number;
  /** The server has this very state. */
  sent: boolean;
  at: number;
  /** The key under which this answer is handed in: a request that is repeated counts once. */
  key?: string;
}

export interface Store {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

export class Keeping {
  readonly #name: string;

  constructor(
    task: number,
    user: string,
    private readonly store: Store,
    private readonly now: () => number = Date.now,
  ) {
    this.#name = `dlp2c-draft:${user}:${task}`;
  }

  /** False where the browser could not keep it (no room, storage forbidden). */
  write(doc: Doc, revision: number, sent: boolean): boolean {
    return this.#set({ ...this.read(), flow: doc.flow, places: doc.places, revision, sent, at: this.now() });
  }

  read(): Kept | null {
    try {
      const kept = JSON.parse(this.store.getItem(this.#name) ?? "null") as Kept | null;
      return kept && Array.isArray(kept.flow?.layers) && typeof kept.revision === "number" ? kept : null;
    } catch {
      return null;
    }
  }

  /** One key for an answer until its fate is known. */
  submissionKey(fresh: () => string): string {
    const kept = this.read();
    if (kept?.key) return kept.key;
    const key = fresh();
    if (kept) this.#set({ ...kept, key });
    return key;
  }

  dropKey(): void {
    const kept = this.read();
    if (!kept) return;
    delete kept.key;
    this.#set(kept);
  }

  clear(): void {
    try {
      this.store.removeItem(this.#name);
    } catch {
      // Nothing was kept where storage is forbidden.
    }
  }

  #set(kept: Kept): boolean {
    try {
      this.store.setItem(this.#name, JSON.stringify(kept));
      return true;
    } catch {
      return false;
    }
  }
}

/** With which state to begin: the server's draft, this browser's unsent copy, or (both changed) a question. */
export type Start = { from: "reading" | "draft" | "kept" } | { from: "conflict" };

export function startFrom(kept: Kept | null, draftRevision: number | null): Start {
  if (!kept || kept.sent) return { from: draftRevision === null ? "reading" : "draft" };
  return kept.revision === (draftRevision ?? 0) ? { from: "kept" } : { from: "conflict" };
}
