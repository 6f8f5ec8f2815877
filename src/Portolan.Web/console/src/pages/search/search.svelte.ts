// One search and what is asked beside it: rows, how many when, and values. All of them are about the same moments: "the last hour" is
// worked out once.

import { ApiFault, search, stream, stretchQuery, type Column, type End, type Row, type Stretch } from '../../lib/api';
import { expressionOf, hasColumn, histogramOf, isGrouped, timeOf, topValuesOf, withClause, withLimit, bodyOf } from '../../lib/aql/query';
import { stepFor } from '../../lib/clock';
import { formatOf, save } from '../../lib/export';
import type { Buckets } from './Histogram.svelte';

/** As many rows as a page holds; the rest is a narrower question, or an export. */
export const maxRows = 100_000;

/** The newest or the first of so many rows are in the page. */
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

  /** Grows as rows come; read together with count. */
  rows: Row[] = [];

  #stop = new AbortController();

  run(text: string, stretch: Stretch | null): void {
    this.stop();
    const stop = (this.#stop = new AbortController());
    this.text = text;
    this.stretch = stretch;
    this.isGrouped = isGrouped(text);
    this.status = 'running';
    this.fault = this.answer = this.buckets = this.bucketsFault = null;
    this.columns = [];
    this.rows = [];
    this.count = 0;
    void this.#read(text, stretch, stop.signal);
    void this.#countByTime(text, stretch, stop.signal);
  }

  /** Gives up what is under way; what has come stays. */
  stop(): void {
    this.#stop.abort();
    if (this.status === 'running') this.status = 'stopped';
    this.isCounting = false;
  }

  async #read(text: string, stretch: Stretch | null, signal: AbortSignal): Promise<void> {
    const began = performance.now();
    try {
      const end = await stream('/api/portolan/search', { body: withLimit(named(text), maxRows), query: stretchQuery(stretch), signal }, {
        columns: (columns) => (this.columns = columns),
        rows: (rows) => {
          for (const row of rows) this.rows.push(row);
          this.count = this.rows.length;
        },
      });
      this.answer = {
        end: end ?? { rows: this.count, partial: true, notes: [] },
        tookMs: performance.now() - began,
        isCut: this.count >= maxRows && bodyOf(text, 'limit') === '',
      };
      this.status = 'done';
    } catch (fault) {
      if (signal.aborted) return;
      this.fault = fault;
      this.status = 'failed';
    }
  }

  async #countByTime(text: string, stretch: Stretch | null, signal: AbortSignal): Promise<void> {
    const own = timeOf(text);
    if (stretch === null || own !== null) return;
    this.isCounting = true;
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

  exporting = $state.raw<{ rows: number } | null>(null);
  exportFault = $state.raw<unknown>(null);
  #stopExport = new AbortController();

  /** All rows as a file, also those that the page does not hold. They go from the server to the browser's disk and not through the page's rows. */
  async export(kind: 'csv' | 'json'): Promise<void> {
    this.stopExport();
    const stop = (this.#stopExport = new AbortController());
    const format = formatOf(kind);
    const parts: Blob[] = [];
    let text = '';
    let rows = 0;
    this.exportFault = null;
    this.exporting = { rows };
    try {
      const end = await stream('/api/portolan/search', { body: this.text, query: stretchQuery(this.stretch), signal: stop.signal }, {
        columns: (columns) => (text = format.begin(columns)),
        rows: (some) => {
          for (const row of some) text += format.row(row, rows++ === 0);
          if (text.length > 1 << 20) {
            parts.push(new Blob([text]));
            text = '';
          }
          this.exporting = { rows };
        },
      });
      parts.push(new Blob([text + format.end()]));
      const part = end?.partial ? '-incomplete' : '';
      save(parts, format.type, `portolan-${new Date().toISOString().slice(0, 19).replaceAll(':', '')}${part}.${kind}`);
    } catch (fault) {
      if (!stop.signal.aborted) this.exportFault = fault;
    } finally {
      if (this.#stopExport === stop) this.exporting = null;
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
