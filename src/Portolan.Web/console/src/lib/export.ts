// Rows as files, as docs/output.md says.

import { isBytes, type Cell, type Column, type Row } from './api';

const plainNumber = /^-?\d+(\.\d+)?$/;

/**
 * A cell of CSV (RFC 4180). A spreadsheet runs a text that begins with = + - @ (also in full width), a tab or a line break as a formula: such
 * a text gets an apostrophe in front.
 */
export function csvCell(cell: Cell): string {
  if (cell === null) return '';
  if (isBytes(cell)) return cell.base64;
  if (typeof cell !== 'string') return String(cell);
  const text = /^[=+\-@\t\r\n＝＋－＠]/.test(cell) && !plainNumber.test(cell) ? `'${cell}` : cell;
  return text === '' || /[",\r\n]|^ | $/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

export const csvLine = (cells: readonly Cell[]): string => `${cells.map(csvCell).join(',')}\r\n`;

/** Names for an object's keys: the second of two equal ones is told by its place. */
export const keysOf = (columns: readonly Column[]): string[] =>
  columns.map((c, i) => (columns.findIndex((d) => d.name === c.name) === i ? c.name : `${c.name} (${i + 1})`));

export interface Format {
  readonly type: string;
  readonly begin: (columns: readonly Column[]) => string;
  readonly row: (row: Row, first: boolean) => string;
  readonly end: () => string;
}

export function formatOf(kind: 'csv' | 'json'): Format {
  if (kind === 'csv') return { type: 'text/csv;charset=utf-8', begin: (columns) => csvLine(columns.map((c) => c.name)), row: (row) => csvLine(row), end: () => '' };
  let keys: string[] = [];
  return {
    type: 'application/json',
    begin: (columns) => {
      keys = keysOf(columns);
      return '[';
    },
    row: (row, first) => `${first ? '' : ','}\n${JSON.stringify(Object.fromEntries(keys.map((k, i) => [k, plain(row[i] ?? null)])))}`,
    end: () => '\n]\n',
  };
}

const plain = (cell: Cell): Exclude<Cell, { base64: string }> => (isBytes(cell) ? cell.base64 : cell);

/** Hands a file to the person. */
export function save(parts: Blob[], type: string, name: string): void {
  const url = URL.createObjectURL(new Blob(parts, { type }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
