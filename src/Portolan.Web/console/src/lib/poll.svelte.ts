// Something that is asked again and again while a page shows it. What was known stays until the next answer is here, so nothing flickers; in a hidden tab nobody asks.

import { ApiFault } from './api';

export class Poll<T> {
  value = $state.raw<T | null>(null);
  /** Why the last question was not answered; the value is then older than it should be. */
  fault = $state.raw<unknown>(null);

  readonly #ask: (signal: AbortSignal) => Promise<T>;
  readonly #every: number;
  #stop = new AbortController();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(ask: (signal: AbortSignal) => Promise<T>, every: number) {
    this.#ask = ask;
    this.#every = every;
  }

  /** Begins, and gives what ends it: the shape of an effect. */
  start = (): (() => void) => {
    this.#stop = new AbortController();
    const { signal } = this.#stop;
    const visible = (): void => {
      if (!document.hidden) void this.now();
    };
    document.addEventListener('visibilitychange', visible, { signal });
    void this.now();
    return () => {
      this.#stop.abort();
      clearTimeout(this.#timer);
    };
  };

  /** Asks at once. */
  async now(): Promise<void> {
    clearTimeout(this.#timer);
    const { signal } = this.#stop;
    try {
      const value = await this.#ask(signal);
      if (signal.aborted) return;
      this.value = value;
      this.fault = null;
    } catch (fault) {
      if (signal.aborted) return;
      this.fault = fault;
      if (fault instanceof ApiFault && fault.kind === 'SignIn') return;
    }
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      if (!document.hidden) void this.now();
    }, this.#every);
  }
}
