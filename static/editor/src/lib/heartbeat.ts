/**
 * Tells the site that someone is at it, so that the question stays theirs: quietly, while the page is seen and its
 * reader did something not long ago. Pure of browser and framework: clock, timers, asking and looking are handed in.
 */
import { ApiError } from "./api";
import type { Timers } from "./autosave";

/** How often the site is told, at most. A save tells it too. */
export const BEAT = 60_000;
/** Someone who did nothing for so long has left; the question goes back to others when the lease ends. */
export const AWAY = 8 * 60_000;
const TICK = 15_000;

export interface HeartbeatOptions {
  /** When the lease ends, as the site wrote it; nothing where there is none. */
  expiresAt: string | null;
  /** When that was asked for. */
  since: number;
  beat(): Promise<{ expires_at: string }>;
  /** Whether the page is seen, and nothing keeps it from working. */
  here(): boolean;
  renewed(expiresAt: string): void;
  /** The site says no: the question is somebody else's now, or settled. */
  lost(message: string): void;
  timers: Timers;
}

export class Heartbeat {
  /** As the site wrote it: to the last digit, so that one can say which lease one means. */
  expiresAt: string | null;
  #active: number;
  /** When the renewal that is known was asked for. */
  #told: number;
  #timer: unknown = null;
  #asking = false;

  constructor(private readonly options: HeartbeatOptions) {
    this.expiresAt = options.expiresAt;
    this.#active = options.timers.now();
    this.#told = options.since;
  }

  /** The person does something. */
  touch(): void {
    this.#active = this.options.timers.now();
  }

  /**
   * When the lease ends, at the latest. A renewal that was not answered yet may have reached the site all the same: it
   * reaches beyond the one before it by no more than the time since that was asked for.
   */
  get until(): string | null {
    if (!this.#asking || this.expiresAt === null) return this.expiresAt;
    return new Date(Date.parse(this.expiresAt) + this.options.timers.now() - this.#told).toISOString();
  }

  /** The lease was renewed, by this or by a save, which was asked for at `told`. */
  renewed(expiresAt: string, told = this.options.timers.now()): void {
    this.expiresAt = expiresAt;
    this.#told = told;
    this.options.renewed(expiresAt);
  }

  start(): void {
    this.stop();
    this.#timer = this.options.timers.set(() => {
      if (this.due) void this.beat();
      this.start();
    }, TICK);
  }

  stop(): void {
    this.options.timers.clear(this.#timer);
  }

  get due(): boolean {
    const now = this.options.timers.now();
    return this.expiresAt !== null && this.options.here() && now - this.#active < AWAY && now - this.#told >= BEAT;
  }

  /** Tell the site now. A failure that may pass is tried again at the next turn, in silence. */
  async beat(): Promise<void> {
    if (this.#asking) return;
    this.#asking = true;
    const told = this.options.timers.now();
    try {
      this.renewed((await this.options.beat()).expires_at, told);
    } catch (error) {
      if (error instanceof ApiError && !error.temporary) this.options.lost(error.message);
    } finally {
      this.#asking = false;
    }
  }
}
