// A grouped result as a drawing: what is not a number labels, what is a number is a series.

import type { Cell, Column, Row } from '../../lib/api';
import { cellText } from '../../lib/cell';
import type { Series } from '../../lib/ui/Chart.svelte';

export interface Drawing {
  readonly labels: readonly string[];
  readonly series: readonly Series[];
  readonly isTime: boolean;
}

/** At most so many labels and series can be told apart; the table has them all. */
export const maxLabels = 200;
export const maxSeries = 6;

// Epoch milliseconds between 2000 and 2100: a number that is rather a time, as `starttime / 60000 * 60000` gives.
const looksLikeTime = (values: readonly Cell[]): boolean =>
  values.length > 0 && values.every((v) => typeof v === 'number' && Number.isInteger(v) && v > 946_684_800_000 && v < 4_102_444_800_000);

/**
 * Null when there is nothing to draw: no number, or no row.
 * @param isKey Whether a column is what is grouped by: then a number in it is a name and no measure.
 */
export function drawingOf(columns: readonly Column[], rows: readonly Row[], time: (ms: number) => string, isKey: (column: Column) => boolean = () => false): Drawing | null {
  const some = rows.slice(0, maxLabels);
  const isNumeric = columns.map((_, i) => some.length > 0 && some.every((r) => typeof r[i] === 'number' || r[i] === null) && some.some((r) => typeof r[i] === 'number'));
  const isTime = columns.map((c, i) => isNumeric[i] === true && (c.kind === 'Time' || looksLikeTime(some.map((r) => r[i] ?? null).filter((v) => v !== null))));
  const isNumber = columns.map((c, i) => isNumeric[i] === true && (isTime[i] === true || !isKey(c)));
  let label = isTime.indexOf(true);
  if (label < 0) label = isNumber.indexOf(false);
  // Only numbers: the first of several labels the others.
  if (label < 0 && columns.length > 1) label = 0;
  const measures = columns.flatMap((_, i) => (i !== label && isNumber[i] && !isTime[i] ? [i] : [])).slice(0, maxSeries);
  if (measures.length === 0 || some.length === 0) return null;
  const byTime = label >= 0 && isTime[label] === true;
  const others = columns.flatMap((_, i) => (i !== label && !isNumber[i] ? [i] : []));

  // Time and one more key: a line for each of its values.
  if (byTime && others.length === 1 && measures.length === 1) return pivot(columns, rows, label, others[0]!, measures[0]!, time);

  const ordered = byTime ? [...some].sort((a, b) => Number(a[label]) - Number(b[label])) : some;
  const keys = byTime ? [label] : columns.flatMap((_, i) => (i === label || others.includes(i) ? [i] : []));
  return {
    labels: ordered.map((r, n) => (label < 0 ? String(n + 1) : keys.map((i) => textOf(r[i] ?? null, columns[i]!, byTime && i === label, time)).join(' · '))),
    series: measures.map((i) => ({ name: columns[i]!.name, values: ordered.map((r) => (typeof r[i] === 'number' ? (r[i] as number) : null)) })),
    isTime: byTime,
  };
}

const textOf = (cell: Cell, column: Column, isTime: boolean, time: (ms: number) => string): string =>
  isTime && typeof cell === 'number' ? time(cell) : cellText(cell, column, time) || '–';

function pivot(columns: readonly Column[], rows: readonly Row[], label: number, key: number, measure: number, time: (ms: number) => string): Drawing {
  const totals = new Map<string, number>();
  for (const r of rows) {
    const name = textOf(r[key] ?? null, columns[key]!, false, time);
    totals.set(name, (totals.get(name) ?? 0) + Number(r[measure] ?? 0));
  }
  const names = [...totals].sort((a, b) => b[1] - a[1]).slice(0, maxSeries).map(([name]) => name);
  const times = [...new Set(rows.map((r) => Number(r[label])))].sort((a, b) => a - b).slice(-maxLabels);
  const place = new Map(times.map((at, i) => [at, i]));
  const values = new Map(names.map((name) => [name, times.map((): number | null => null)]));
  for (const r of rows) {
    const i = place.get(Number(r[label]));
    const of = values.get(textOf(r[key] ?? null, columns[key]!, false, time));
    if (i !== undefined && of && typeof r[measure] === 'number') of[i] = r[measure];
  }
  return { labels: times.map(time), series: names.map((name) => ({ name, values: values.get(name) ?? [] })), isTime: true };
}
