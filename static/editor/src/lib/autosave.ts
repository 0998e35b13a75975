/**
 * The queue that carries every state of a document to the server: one request at a time, the newest state wins,
 * failures are tried again. Pure of browser and framework: clock, timers, sending and keeping are handed in.
 */
import { ApiError } from "./api";

export type SaveState =
  | { kind: "saved"; at: number | null }
  | { kind: "waiting" }
  | { kind: "saving" }
  /** Kept in this browser; sent when the site can be reached again. */
  | { kind: "offline"; edits: number }
  /** Someone (another tab, another machine) saved meanwhile. */
  | { kind: "conflict"; revision: number }
  /** The server takes no more saves for this task. */
  | { kind: "ended"; message: string };

export interface Saved {
  revision: number;
  saved_at: string;
  lease?: { expires_at: string } | null;
}

export interface Timers {
  now(): number;
  set(callback: () => void, milliseconds: number): unknown;
  clear(handle: unknown): void;
}

export interface AutosaveOptions<T> {
  revision: number;
  savedAt?: number | null;
  send(document: T, revision: number): Promise<Saved>;
  /** Keeps a state in this browser before anything is sent; `sent` says that the server has it. */
  keep(document: T, revision: number, sent: boolean): void;
  changed(state: SaveState): void;
  renewed?(expiresAt: string): void;
  timers: Timers;
}

const QUIET = 1200;
const RETRY = [2000, 4000, 8000, 15000, 30000];

export class Autosave<T> {
  state: SaveState;
  revision: number;
  #pending: T | null = null;
  #edits = 0;
  #sending = false;
  #failures = 0;
  #timer: unknown = null;
  #idle: (() => void)[] = [];

  constructor(private readonly options: AutosaveOptions<T>) {
    this.revision = options.revision;
    this.state = { kind: "saved", at: options.savedAt ?? null };
  }

  /** There is a newer state. It is kept at once and sent when the person pauses. */
  push(document: T): void {
    this.#pending = document;
    this.#edits += 1;
    this.options.keep(document, this.revision, false);
    if (this.state.kind === "ended" || this.state.kind === "conflict") return;
    if (this.state.kind === "offline") {
      this.#report({ kind: "offline", edits: this.#edits });
      return;
    }
    if (!this.#sending) this.#report({ kind: "waiting" });
    this.#schedule(QUIET);
  }

  get dirty(): boolean {
    return this.#pending !== null || this.#sending;
  }

  /** Send what waits, now. Resolves when nothing waits any more or the server can't take it. */
  async flush(): Promise<void> {
    if (!this.dirty) return;
    const done = new Promise<void>((resolve) => this.#idle.push(resolve));
    this.#schedule(0);
    await done;
  }

  /** The connection is back. */
  retry(): void {
    if (this.state.kind !== "offline") return;
    this.#failures = 0;
    this.#schedule(0);
  }

  /** Go on from a conflict with this document over the server's revision. */
  resolve(document: T, revision: number): void {
    this.revision = revision;
    this.#pending = document;
    this.options.keep(document, revision, false);
    this.#report({ kind: "waiting" });
    this.#schedule(0);
  }

  /** Go on from a conflict with what the server has. */
  accept(document: T, revision: number, savedAt: number): void {
    this.revision = revision;
    this.#pending = null;
    this.#edits = 0;
    this.options.keep(document, revision, true);
    this.#report({ kind: "saved", at: savedAt });
  }

  /** After the end: perhaps the task can be had again. */
  again(document: T): void {
    this.#pending = document;
    this.options.keep(document, this.revision, false);
    this.#report({ kind: "waiting" });
    this.#schedule(0);
  }

  /** The server said elsewhere that it takes no more. What is here stays kept in this browser. */
  end(message: string): void {
    if (this.state.kind === "conflict") return;
    this.options.timers.clear(this.#timer);
    this.#report({ kind: "ended", message });
    this.#settle();
  }

  stop(): void {
    this.options.timers.clear(this.#timer);
    this.#settle();
  }

  #schedule(delay: number): void {
    this.options.timers.clear(this.#timer);
    this.#timer = this.options.timers.set(() => void this.#send(), delay);
  }

  async #send(): Promise<void> {
    if (this.#sending || this.#pending === null) return;
    const document = this.#pending;
    const edits = this.#edits;
    this.#sending = true;
    if (this.state.kind !== "offline") this.#report({ kind: "saving" });
    try {
      const saved = await this.options.send(document, this.revision);
      this.#sending = false;
      this.#failures = 0;
      this.revision = saved.revision;
      this.#edits -= edits;
      const newest = this.#pending === document;
      if (newest) this.#pending = null;
      this.options.keep(this.#pending ?? document, saved.revision, newest);
      if (saved.lease) this.options.renewed?.(saved.lease.expires_at);
      this.#report(newest ? { kind: "saved", at: this.options.timers.now() } : { kind: "waiting" });
      if (newest) this.#settle();
      else this.#schedule(0);
    } catch (error) {
      this.#sending = false;
      this.#failed(error);
    }
  }

  #failed(error: unknown): void {
    this.#settle();
    if (error instanceof ApiError && !error.temporary) {
      const revision = error.body.revision;
      if (error.status === 409 && typeof revision === "number") this.#report({ kind: "conflict", revision });
      else this.#report({ kind: "ended", message: error.message });
      return;
    }
    const delay = RETRY[Math.min(this.#failures, RETRY.length - 1)] as number;
    this.#failures += 1;
    this.#report({ kind: "offline", edits: this.#edits });
    this.#schedule(delay);
  }

  #settle(): void {
    for (const resolve of this.#idle.splice(0)) resolve();
  }

  #report(state: SaveState): void {
    this.state = state;
    this.options.changed(state);
  }
}
