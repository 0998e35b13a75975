import { type Api, ApiError } from "../lib/api";
import type { SaveState } from "../lib/autosave";
import { Keeping } from "../lib/keeping";
import type { Doc, Place } from "../lib/operations";
import type { EditorConfig, Flow, ReviewInfo } from "../lib/types";
import { type Conflict, localStorageOrNothing } from "./saving.svelte";

/** A moderator's edit of what people said: kept in this browser only, and approved instead of handed in. */
export class Approving {
  state = $state.raw<SaveState>({ kind: "saved", at: null });
  readonly conflict: Conflict | null = null;
  readonly expiresAt = 0;
  readonly ended = false;
  keptHere = $state(true);
  readonly start: { flow: Flow; places: Record<string, Place>; restored: boolean };
  readonly #keeping: Keeping;

  constructor(
    private readonly api: Api,
    private readonly config: EditorConfig,
    private readonly review: ReviewInfo,
  ) {
    this.#keeping = new Keeping(config.task.id, config.user ?? "", localStorageOrNothing());
    const kept = this.#keeping.read();
    this.start = { flow: kept?.flow ?? config.task.reading.flow, places: { ...(kept?.places ?? {}) }, restored: kept !== null };
  }

  edited(doc: Doc): void {
    this.keptHere = this.#keeping.write(doc, 0, false);
    this.state = { kind: "saved", at: Date.now() };
  }

  async submit(doc: Doc, reason: string): Promise<string> {
    this.keptHere = this.#keeping.write(doc, 0, false);
    const key = this.#keeping.submissionKey(() => crypto.randomUUID());
    const { consensus, number } = this.review;
    try {
      await this.api.post(this.config.urls.submit, { decision: "approve", consensus, number, flow: doc.flow, key, reason });
    } catch (error) {
      if (error instanceof ApiError && !error.temporary) this.#keeping.dropKey();
      throw error;
    }
    this.#keeping.clear();
    return this.config.urls.next ?? this.config.urls.back;
  }

  /** Nobody else waits for the question, so there is no lease to renew and nothing to give back. */
  watch(): () => void {
    return () => undefined;
  }
  touch(): void {}
  renew(): void {}
  saveNow(): void {}
  again(_doc: Doc): void {}
  async flush(): Promise<void> {}
  async keepMine(): Promise<void> {}
  takeTheirs(): Flow {
    return this.start.flow;
  }
  async skip(): Promise<string> {
    return this.config.urls.back;
  }
}
