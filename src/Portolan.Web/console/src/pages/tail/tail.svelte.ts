// What the live page holds: the newest rows, bounded. Rows come by the thousand; the page changes at most ten times a second.

import { follow, type LiveRow } from '../../lib/live';

export const most = 2000;

export const columns =
  'starttime, LOGSOURCENAME(logsourceid) AS source, QIDNAME(qid) AS event, username, sourceip, sourceuser, destinationip, destinationport, destinationuser, contractverdict, parsestatus, UTF8(payload) AS payload, eventid';

export type Status = 'connecting' | 'live' | 'again' | 'refused';

export class Tail {
  /** Newest first. */
  rows = $state.raw<readonly LiveRow[]>([]);
  status = $state<Status>('connecting');
  fault = $state.raw<unknown>(null);
  isPaused = $state(false);
  /** Arrived since the pause. */
  held = $state(0);
  missed = $state(0);
  /** Rows a second, over the last ten. */
  rate = $state(0);
  /** How many rows came in front at the last change: who has scrolled down keeps the place. */
  added = 0;

  #waiting: LiveRow[] = [];
  #came: number[] = [];
  #seconds: ReturnType<typeof setInterval> | undefined;
  #frames: ReturnType<typeof setInterval> | undefined;
  #count = 0;

  /** Follows what meets a condition, from now on; gives what ends it. */
  start(condition: string): () => void {
    this.clear();
    this.status = 'connecting';
    this.fault = null;
    this.missed = 0;
    this.#came = [];
    const end = follow(condition, columns, {
      open: () => (this.status = 'live'),
      row: (row) => {
        this.#waiting.push(row);
        this.#count++;
        if (this.#waiting.length > most) this.#waiting.splice(0, this.#waiting.length - most);
        if (this.isPaused) this.held++;
      },
      missed: (count) => (this.missed += count),
      broke: () => (this.status = 'again'),
      refused: (fault) => {
        this.status = 'refused';
        this.fault = fault;
      },
    });
    this.#frames = setInterval(() => this.#take(), 100);
    this.#seconds = setInterval(() => {
      this.#came = [...this.#came.slice(-9), this.#count];
      this.#count = 0;
      this.rate = this.#came.reduce((a, b) => a + b, 0) / this.#came.length;
    }, 1000);
    return () => {
      end();
      clearInterval(this.#frames);
      clearInterval(this.#seconds);
    };
  }

  #take(): void {
    if (this.isPaused || this.#waiting.length === 0) return;
    const fresh = this.#waiting.reverse();
    this.#waiting = [];
    this.added = fresh.length;
    this.rows = [...fresh, ...this.rows].slice(0, most);
  }

  pause(to = !this.isPaused): void {
    this.isPaused = to;
    this.held = 0;
    if (!to) this.#take();
  }

  clear(): void {
    this.#waiting = [];
    this.rows = [];
    this.held = 0;
  }
}
