import { type Api, ApiError, isAbort } from "../lib/api";
import type { Flow, Framework, Preview, Report } from "../lib/types";

const PAUSE = 350;

/** An answer of the server about the flow as it is now: asked after a pause; a newer question cuts the older off. */
class Live<T> {
  value = $state.raw<T | null>(null);
  busy = $state(false);
  error = $state<string | null>(null);
  #controller: AbortController | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;

  ask(request: (signal: AbortSignal) => Promise<T>, pause = PAUSE): void {
    this.stop();
    this.busy = true;
    this.#timer = setTimeout(() => void this.#run(request), this.value === null ? 0 : pause);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#controller?.abort();
  }

  async #run(request: (signal: AbortSignal) => Promise<T>): Promise<void> {
    const controller = new AbortController();
    this.#controller = controller;
    try {
      this.value = await request(controller.signal);
      this.error = null;
    } catch (error) {
      if (isAbort(error) || controller.signal.aborted) return;
      // What was answered last stays, marked as old.
      this.error = error instanceof ApiError ? error.message : "The site sent an answer that can't be read.";
    }
    this.busy = false;
  }
}

export class Checks extends Live<Report> {
  constructor(private readonly api: Api, private readonly url: string) {
    super();
  }
  update(flow: Flow): void {
    this.ask((signal) => this.api.post<Report>(this.url, { flow }, signal));
  }
}

export class CodePreview extends Live<Preview> {
  framework = $state<Framework>("keras");
  constructor(private readonly api: Api, private readonly url: string) {
    super();
  }
  update(flow: Flow, framework: Framework): void {
    this.ask((signal) => this.api.post<Preview>(this.url, { flow, framework }, signal), PAUSE * 1.5);
  }
}
