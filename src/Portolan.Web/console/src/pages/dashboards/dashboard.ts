// GET, POST, PUT and DELETE /api/portolan/dashboards: the shipped ones, one's own, and those that others share.

import { ask, json, type Cell, type Column, type Row } from '../../lib/api';
import { stepFor } from '../../lib/clock';
import { language, type Language } from '../../lib/words.svelte';

export const charts = ['number', 'table', 'bars', 'line'] as const;
export type Chart = (typeof charts)[number];

/** The same in each language. */
type Wording = Readonly<Record<Language, string>>;

export interface Panel {
  readonly title: string;
  /** Of those that come with Portolan. */
  readonly titles?: Wording;
  readonly chart: Chart;
  /** Without a time of its own: the page has one for all. */
  readonly aql: string;
  /** Columns of twelve. */
  readonly width: number;
}

export interface Dashboard {
  readonly id: string;
  readonly name: string;
  readonly names?: Wording;
  readonly description?: string;
  readonly descriptions?: Wording;
  readonly owner?: string;
  readonly shipped: boolean;
  readonly mine: boolean;
  readonly shared: boolean;
  readonly panels: readonly Panel[];
}

export interface Draft {
  readonly name: string;
  readonly description: string;
  readonly shared: boolean;
  readonly panels: readonly Panel[];
}

const path = '/api/portolan/dashboards';

/** What a person reads: in the person's language where there are several. */
export const nameOf = (d: Dashboard): string => d.names?.[language()] ?? d.name;
export const descriptionOf = (d: Dashboard): string => d.descriptions?.[language()] ?? d.description ?? '';
export const titleOf = (p: Panel): string => p.titles?.[language()] ?? p.title;

export const all = async (signal?: AbortSignal): Promise<readonly Dashboard[]> => (await json<{ dashboards: Dashboard[] }>(path, { signal })).dashboards;
export const one = (id: string, signal?: AbortSignal): Promise<Dashboard> => json(`${path}/${encodeURIComponent(id)}`, { signal });
export const add = (draft: Draft): Promise<Dashboard> => json(path, { method: 'POST', body: draft });
export const change = (id: string, draft: Draft): Promise<Dashboard> => json(`${path}/${encodeURIComponent(id)}`, { method: 'PUT', body: draft });
export const remove = (id: string): Promise<unknown> => ask(`${path}/${encodeURIComponent(id)}`, { method: 'DELETE' });

/** Whether numbers of a column are rather times, as MAX(starttime) gives them: epoch milliseconds of 2000 to 2100. */
export const isTime = (column: Column, cell: Cell): cell is number =>
  typeof cell === 'number' && (column.kind === 'Time' || (Number.isInteger(cell) && cell > 946_684_800_000 && cell < 4_102_444_800_000));

/** Rows of a minute (since 1970) and a number as even steps over a stretch: the mean of each step's minutes, where one without a row is zero. */
export function steps(rows: readonly Row[], stretch: { from: number; to: number }, most = 240): { at: number[]; values: number[]; minutes: number } {
  const step = Math.max(60_000, stepFor(stretch.to - stretch.from, most));
  const first = Math.floor(stretch.from / step) * step;
  const count = Math.max(1, Math.ceil((stretch.to - first) / step));
  const values = new Array<number>(count).fill(0);
  for (const [minute, n] of rows) {
    const i = Math.floor((Number(minute) * 60_000 - first) / step);
    if (i >= 0 && i < count) values[i]! += Number(n) / (step / 60_000);
  }
  return { at: values.map((_, i) => first + i * step), values, minutes: step / 60_000 };
}
