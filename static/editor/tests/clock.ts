/** A clock that only moves when told to. */
export class Clock {
  time = 0;
  #waiting: { at: number; callback: () => void }[] = [];
  now = () => this.time;
  set = (callback: () => void, delay: number) => {
    const entry = { at: this.time + delay, callback };
    this.#waiting.push(entry);
    return entry;
  };
  clear = (handle: unknown) => {
    this.#waiting = this.#waiting.filter((entry) => entry !== handle);
  };
  async pass(milliseconds: number) {
    const end = this.time + milliseconds;
    await this.#settled();
    for (;;) {
      const next = this.#waiting.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (!next) break;
      this.clear(next);
      this.time = next.at;
      next.callback();
      await this.#settled();
    }
    this.time = end;
  }
  async #settled() {
    for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
  }
}
