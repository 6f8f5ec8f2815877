// One search and what is asked beside it: rows, how many when, and values. All of them are about the same moments: "the last hour" is
// worked out once. It is a job of the server whose rows come by the page, as far as someone looks. Until rows are there that stay, it shows what it has so
// far; what is asked beside waits until something is shown.

import { ApiFault, search, type Column, type End, type Row, type Stretch } from '../../lib/api';
import { expressionOf, hasColumn, histogramOf, isGrouped, topValuesOf, withClause, withLimit, bodyOf } from '../../lib/aql/query';
import { stepFor } from '../../lib/clock';
import { Job, type Preview, type State } from '../../lib/job';
import type { Buckets } from './Histogram.svelte';

/** As many rows as a page holds; the rest is a narrower question, or an export. */
export const maxRows = 100_000;

/** Rows that are fetched together. */
const pageSize = 400;

/** What is known at the end. */
export interface Answer {
  readonly end: End;
  readonly tookMs: number;
  readonly isCut: boolean;
}

export type Status = 'idle' | 'running' | 'done' | 'failed' | 'stopped';

export class Search {
  status = $state<Status>('idle');
  fault = $state.raw<unknown>(null);
  columns = $state.raw<readonly Column[]>([]);
  count = $state(0);
  answer = $state.raw<Answer | null>(null);
  buckets = $state.raw<Buckets | null>(null);
  bucketsFault = $state.raw<unknown>(null);
  isCounting = $state(false);
  /** What was asked, and about when; null when the text says its own time. */
  text = $state('');
  stretch = $state.raw<Stretch | null>(null);
  isGrouped = $state(false);

  /** 0 to 100, of a job. */
  progress = $state(0);
  isWaiting = $state(false);
  /** What is shown is not final: the answer as far as the search has come. */
  soFar = $state.raw<Preview | null>(null);
  /** Rises when rows have come. */
  version = $state(0);
  /** By their place; those that nobody looked at yet are not there. Not tracked: read it together with version. */
  rows: Row[] = [];

  #job: Job | null = null;
  #pages = new Map<number, Promise<void>>();

  #stop = new AbortController();

  run(text: string, stretch: Stretch | null): void {
    this.leave();
    const stop = (this.#stop = new AbortController());
    this.text = text;
    this.stretch = stretch;
    this.isGrouped = isGrouped(text);
    this.status = 'running';
    this.fault = this.answer = this.soFar = this.buckets = this.bucketsFault = null;
    this.columns = [];
    this.rows = [];
    this.#pages.clear();
    this.count = this.progress = 0;
    this.isWaiting = false;
    this.isCounting = stretch !== null;
    void this.#read(text, stretch, stop.signal);
  }

  /** Gives up what is under way; what has come stays. */
  stop(): void {
    if (this.status === 'running') {
      this.status = 'stopped';
      // What of it is there can still be read.
      if (this.#job) void this.#job.cancel();
      else this.#stop.abort();
    }
  }

  /** Nothing of it is wanted any more. */
  leave(): void {
    this.#stop.abort();
    if (this.#job) void this.#job.remove();
    this.#job = null;
    this.isCounting = false;
  }

  async #read(text: string, stretch: Stretch | null, signal: AbortSignal): Promise<void> {
    const began = performance.now();
    let isCounting = false;
    const countBeside = (): void => {
      if (!isCounting && !signal.aborted) void this.#countByTime(text, stretch, signal);
      isCounting = true;
    };
    try {
      // Not given up while it begins: what began must be removed, and only its answer names it.
      const job = await Job.start(withLimit(named(text), maxRows), stretch);
      if (signal.aborted) return void job.remove();
      this.#job = job;
      let state: State;
      do {
        // Often at first: most searches end at once.
        const age = performance.now() - began;
        if (age > 60 && age < 1500) await new Promise((go) => setTimeout(go, 60));
        state = await job.state(age < 1500 ? 0 : 1, signal);
        this.progress = state.progress;
        this.isWaiting = state.status === 'waiting';
        if (state.rows > 0 || state.status === 'done' || state.status === 'failed') await this.#show(job, state.rows, signal);
        else if (state.status === 'running') await this.#showSoFar(job, signal);
        if (signal.aborted) return;
        if (this.count > 0) countBeside();
      } while (state.status === 'waiting' || state.status === 'running');
      if (state.status === 'stopped') {
        this.status = 'stopped';
        return;
      }
      this.answer = {
        end: { rows: state.rows, partial: state.isPartial, notes: state.notes },
        tookMs: performance.now() - began,
        isCut: this.count >= maxRows && bodyOf(text, 'limit') === '',
      };
      this.status = 'done';
    } catch (fault) {
      if (signal.aborted) return;
      this.fault = fault;
      this.status = 'failed';
    } finally {
      if (this.status !== 'stopped') countBeside();
      else if (!isCounting) this.isCounting = false;
    }
  }

  /** Rows that stay. In place of those so far they come all at once. */
  async #show(job: Job, count: number, signal: AbortSignal): Promise<void> {
    if (this.soFar) {
      const { rows } = await job.rows(0, pageSize, signal);
      if (signal.aborted) return;
      this.soFar = null;
      this.rows = rows;
      this.version++;
    }
    this.count = count;
    await this.need(0, Math.min(count, pageSize));
  }

  async #showSoFar(job: Job, signal: AbortSignal): Promise<void> {
    const found = await job.preview(this.soFar?.number ?? 0, signal);
    if (!found || signal.aborted) return;
    this.soFar = found;
    this.columns = found.columns;
    this.rows = found.rows;
    this.count = found.rows.length;
    this.version++;
  }

  /** Rows could not be fetched: those that are there stay, and the page says what is amiss. */
  lost(fault: unknown): void {
    if (!this.#stop.signal.aborted) this.trouble = fault;
  }

  /** Sees to it that rows come. */
  async need(from: number, to: number): Promise<void> {
    const job = this.#job;
    if (!job || this.soFar) return;
    const wanted = [];
    for (let page = Math.floor(from / pageSize); page <= Math.floor(Math.max(from, to - 1) / pageSize); page++) wanted.push(this.#page(job, page));
    await Promise.all(wanted);
  }

  #page(job: Job, page: number): Promise<void> {
    const first = page * pageSize;
    const known = Math.min(this.count, first + pageSize);
    if (known > first && this.rows[known - 1] !== undefined) return Promise.resolve();
    const asked = this.#pages.get(page);
    if (asked) return asked;
    const signal = this.#stop.signal;
    const coming = job
      .rows(first, first + pageSize, signal)
      .then(({ columns, rows }) => {
        if (signal.aborted) return;
        if (this.columns.length === 0) this.columns = columns;
        for (const [i, row] of rows.entries()) this.rows[first + i] = row;
        this.version++;
      })
      .finally(() => this.#pages.delete(page));
    this.#pages.set(page, coming);
    return coming;
  }

  /** All rows, for what looks at them together. */
  async needAll(): Promise<void> {
    const job = this.#job;
    const signal = this.#stop.signal;
    if (!job || this.soFar || this.status !== 'done' || this.count <= pageSize) return;
    const { rows } = await job.rows(0, this.count, signal);
    if (signal.aborted) return;
    this.rows = rows;
    this.version++;
  }

  async #countByTime(text: string, stretch: Stretch | null, signal: AbortSignal): Promise<void> {
    if (stretch === null) return;
    const step = stepFor(stretch.to - stretch.from, 120);
    try {
      const counted = await search(histogramOf(text, step), stretch, signal);
      const rows = new Map<number, number>();
      let total = 0;
      for (const [bucket, n] of counted.rows) {
        rows.set(Number(bucket) * step, Number(n));
        total += Number(n);
      }
      this.buckets = { ...stretch, step, rows, total, isPartial: counted.end.partial };
    } catch (fault) {
      // A text that is refused is told once, by its rows.
      if (!signal.aborted && !(fault instanceof ApiFault && (fault.kind === 'Syntax' || fault.kind === 'Unanswerable'))) this.bucketsFault = fault;
    } finally {
      if (!signal.aborted) this.isCounting = false;
    }
  }

  /** An export under way: rows found so far, 0 to 100. */
  exporting = $state.raw<{ rows: number; progress: number } | null>(null);
  trouble = $state.raw<unknown>(null);
  #stopExport = new AbortController();

  /** All rows as a file, also those that the page does not hold: a search of its own, whose rows the browser takes from the server straight to its disk. */
  async export(kind: 'csv' | 'json'): Promise<void> {
    this.stopExport();
    const { signal } = (this.#stopExport = new AbortController());
    let job: Job | null = null;
    this.trouble = null;
    this.exporting = { rows: 0, progress: 0 };
    try {
      job = await Job.start(this.text, this.stretch);
      let state: State;
      do {
        signal.throwIfAborted();
        state = await job.state(1, signal);
        this.exporting = { rows: state.rows, progress: state.progress };
      } while (state.status === 'waiting' || state.status === 'running');
      // One that failed says why.
      if (state.status !== 'done') await job.rows(0, 1, signal);
      job.save(kind);
    } catch (fault) {
      void job?.remove();
      if (!signal.aborted) this.trouble = fault;
    } finally {
      if (this.#stopExport.signal === signal) this.exporting = null;
    }
  }

  stopExport(): void {
    this.#stopExport.abort();
    this.exporting = null;
  }

  /** The most frequent values of an expression among the rows. */
  async values(expression: string, most: number, signal?: AbortSignal): Promise<{ value: unknown; rows: number }[]> {
    const found = await search(topValuesOf(this.text, expression, most), this.stretch, signal);
    return found.rows.map(([value, n]) => ({ value, rows: Number(n) }));
  }

  expressionOf(column: string): string {
    return expressionOf(this.text, column);
  }
}

/** Each event's name comes with it, shown or not: its detail and its link need it. Its time makes both quick to find. */
function named(text: string): string {
  if (isGrouped(text)) return text;
  const list = bodyOf(text, 'select');
  const star = list === '*';
  const more = ['eventid', 'starttime'].filter((name) => !star && !hasColumn(text, name));
  return more.length ? withClause(text, 'select', `${list}, ${more.join(', ')}`) : text;
}
