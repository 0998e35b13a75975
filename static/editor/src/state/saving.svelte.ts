import { type Api, ApiError } from "../lib/api";
import { Autosave, type Saved, type SaveState } from "../lib/autosave";
import { Heartbeat } from "../lib/heartbeat";
import { Keeping, startFrom } from "../lib/keeping";
import { sameFlow } from "../lib/same";
import type { Doc, Place } from "../lib/operations";
import type { Draft, EditorConfig, Flow, TaskInfo } from "../lib/types";

export interface Conflict {
  mine: { doc: Doc; at: number };
  theirs: Draft | null;
}

/** Drafts to the server and into the browser, the lease, and handing in. */
export class Saving {
  state = $state.raw<SaveState>({ kind: "saved", at: null });
  conflict = $state.raw<Conflict | null>(null);
  expiresAt = $state(0);
  keptHere = $state(true);
  readonly start: { flow: Flow; places: Record<string, Place>; restored: boolean };
  readonly #keeping: Keeping;
  readonly #queue: Autosave<Doc>;
  readonly #heart: Heartbeat;
  #over = false;
  #latest: Doc | null = null;
  /** What was sent and never answered: found on the server again, it is no conflict. */
  #unanswered: Flow[] = [];

  constructor(
    private readonly api: Api,
    private readonly config: EditorConfig,
  ) {
    const { task } = config;
    this.#keeping = new Keeping(task.id, config.user ?? "", localStorageOrNothing());
    const kept = this.#keeping.read();
    let begin = startFrom(kept, task.draft?.revision ?? null);
    if (begin.from === "conflict" && kept && task.draft && sameFlow(task.draft.flow, kept.flow)) begin = { from: "kept" };
    const fromServer = task.draft?.flow ?? task.reading.flow;
    const mine = begin.from === "kept" || begin.from === "conflict";
    this.start = {
      flow: mine && kept ? kept.flow : fromServer,
      places: { ...(kept?.places ?? {}) },
      restored: mine,
    };
    this.expiresAt = task.lease ? Date.parse(task.lease.expires_at) : 0;
    const timers = { now: Date.now, set: (callback: () => void, delay: number) => setTimeout(callback, delay), clear: (handle: unknown) => clearTimeout(handle as number) };
    this.#heart = new Heartbeat({
      expiresAt: task.lease?.expires_at ?? null,
      since: performance.timeOrigin,
      beat: () => api.post(config.urls.heartbeat, {}),
      here: () => document.visibilityState === "visible" && !this.ended && !this.conflict,
      renewed: (expiresAt) => {
        this.expiresAt = Date.parse(expiresAt);
      },
      lost: (message) => this.#queue.end(message),
      timers,
    });
    this.#queue = new Autosave<Doc>({
      revision: task.draft?.revision ?? 0,
      savedAt: task.draft ? Date.parse(task.draft.saved_at) : null,
      send: (doc, revision) => this.#send(doc, revision),
      keep: (doc, revision, sent) => {
        this.keptHere = this.#keeping.write(doc, revision, sent);
      },
      changed: (state) => this.#changed(state),
      renewed: (expiresAt) => this.#heart.renewed(expiresAt),
      timers,
    });
    this.state = this.#queue.state;
    // A page that was closed sent what it had, and never heard whether it arrived.
    if (kept && !kept.sent) this.#unanswered.push(kept.flow);
    if (begin.from === "kept" && kept) this.#queue.push({ flow: kept.flow, places: kept.places });
    if (begin.from === "conflict" && kept) {
      this.#latest = { flow: kept.flow, places: kept.places };
      this.conflict = { mine: { doc: this.#latest, at: kept.at }, theirs: task.draft };
    }
  }

  get ended(): boolean {
    return this.state.kind === "ended";
  }

  edited(doc: Doc): void {
    this.#latest = doc;
    this.touch();
    if (!this.conflict) this.#queue.push(doc);
    else this.keptHere = this.#keeping.write(doc, -1, false);
  }

  /** The person is here: the lease is worth renewing. */
  touch(): void {
    this.#heart.touch();
  }

  /** From now on the site hears that somebody is here, and when they leave. */
  watch(): () => void {
    const online = () => this.#queue.retry();
    const leaving = () => this.#leave();
    const back = (event: PageTransitionEvent) => {
      if (event.persisted) void this.#return();
    };
    window.addEventListener("online", online);
    window.addEventListener("pagehide", leaving);
    window.addEventListener("pageshow", back);
    this.#heart.start();
    return () => {
      window.removeEventListener("online", online);
      window.removeEventListener("pagehide", leaving);
      window.removeEventListener("pageshow", back);
      this.#heart.stop();
      this.#queue.stop();
    };
  }

  /** Somebody is still there: the question stays theirs. */
  renew(): void {
    this.touch();
    void this.#heart.beat();
  }

  saveNow(): void {
    void this.flush();
    this.renew();
  }

  /** The lease was lost: try to have it again, and save. */
  again(doc: Doc): void {
    this.touch();
    this.#queue.again(doc);
  }

  async flush(): Promise<void> {
    await this.#queue.flush();
  }

  async keepMine(): Promise<void> {
    const conflict = this.conflict;
    if (!conflict) return;
    this.conflict = null;
    this.#queue.resolve(this.#latest ?? conflict.mine.doc, conflict.theirs?.revision ?? 0);
  }

  /** Goes on from what the server has; the caller shows it, so that "Undo" still leads back to one's own. */
  takeTheirs(): Flow {
    const theirs = this.conflict?.theirs ?? null;
    this.conflict = null;
    const flow = theirs?.flow ?? this.config.task.reading.flow;
    this.#queue.accept({ flow, places: this.#latest?.places ?? {} }, theirs?.revision ?? 0, theirs ? Date.parse(theirs.saved_at) : Date.now());
    return flow;
  }

  async submit(doc: Doc, comment: string): Promise<string> {
    await this.flush();
    this.keptHere = this.#keeping.write(doc, this.#queue.revision, false);
    const key = this.#keeping.submissionKey(() => crypto.randomUUID());
    try {
      const answer = await this.api.post<{ next_url?: string }>(this.config.urls.submit, { flow: doc.flow, key, comment });
      this.#finish();
      return answer.next_url ?? this.config.urls.back;
    } catch (error) {
      if (error instanceof ApiError && !error.temporary) this.#keeping.dropKey();
      throw error;
    }
  }

  async skip(reason: string, comment: string): Promise<string> {
    await this.flush();
    await this.api.post(this.config.urls.skip, { reason, comment });
    this.#over = true;
    this.#queue.stop();
    return this.config.urls.back;
  }

  #finish(): void {
    this.#over = true;
    this.#queue.stop();
    this.#latest = null;
    this.#keeping.clear();
  }

  async #send(doc: Doc, revision: number): Promise<Saved> {
    this.#unanswered = [...this.#unanswered.slice(-20), doc.flow];
    const saved = await this.api.put<Saved>(this.config.urls.draft, { flow: doc.flow, revision });
    this.#unanswered = [];
    return saved;
  }

  #sendOff(doc: Doc): void {
    const body = { flow: doc.flow, revision: this.#queue.revision };
    // Browsers send at most 64 kB after the page has gone; what is larger waits in this browser.
    const small = JSON.stringify(body).length < 60_000;
    if (small) this.api.request("PUT", this.config.urls.draft, body, { keepalive: true }).catch(() => undefined);
  }

  /**
   * The page is left. What was not sent yet is sent off. Who never changed anything gives the question back; who did
   * may come back, so it stays theirs for the rest of the lease.
   */
  #leave(): void {
    if (this.#over || this.ended || this.conflict) return;
    const doc = this.#latest;
    if (doc && this.#queue.dirty) return this.#sendOff(doc);
    const until = this.#heart.until;
    if (this.#queue.revision > 0 || until === null) return;
    this.api.request("POST", this.config.urls.release, { until }, { keepalive: true }).catch(() => undefined);
  }

  /** The browser shows a page again that was left: the question may have gone back. */
  async #return(): Promise<void> {
    if (this.#over) return;
    const told = Date.now();
    try {
      this.#heart.renewed((await this.api.post<{ expires_at: string }>(this.config.urls.lease, {})).expires_at, told);
    } catch (error) {
      if (error instanceof ApiError && !error.temporary) this.#queue.end(error.message);
    }
  }

  #changed(state: SaveState): void {
    this.state = state;
    if (state.kind === "conflict" && this.#latest) void this.#fetchTheirs(this.#latest, state.revision);
  }

  async #fetchTheirs(doc: Doc, revision: number): Promise<void> {
    const url = new URL("..", new URL(this.config.urls.draft, location.href)).pathname;
    let theirs: Draft | null = null;
    try {
      theirs = (await this.api.get<TaskInfo>(url)).draft;
    } catch {
      theirs = null;
    }
    // The server has what this very editor sent, only its answer was lost: there is nothing to decide.
    const found = theirs?.flow;
    if (theirs && found && this.#unanswered.some((flow) => sameFlow(flow, found))) {
      this.#queue.resolve(this.#latest ?? doc, theirs.revision);
      return;
    }
    this.conflict = { mine: { doc, at: Date.now() }, theirs: theirs ?? { flow: this.config.task.reading.flow, revision, saved_at: new Date().toISOString() } };
  }
}

export function localStorageOrNothing() {
  try {
    return window.localStorage;
  } catch {
    return { getItem: () => null, setItem: () => undefined, removeItem: () => undefined };
  }
}
