// A cell of a result as a person sees it.

import { isBytes, type Cell, type Column } from './api';
import { fromBase64, visible } from './visible';

const decoder = new TextDecoder();

/** Bytes as text; what is not UTF-8 becomes U+FFFD. */
export const bytesText = (base64: string): string => decoder.decode(fromBase64(base64));

/** The text of a cell, unseen characters written out. Times need the zone in force: the caller knows it. */
export function cellText(cell: Cell, column: Column, time: (ms: number) => string): string {
  if (cell === null || cell === undefined) return '';
  if (column.kind === 'Time' && typeof cell === 'number') return cell === 0 ? '' : time(cell);
  if (isBytes(cell)) return visible(bytesText(cell.base64));
  return visible(String(cell));
}

/** Whether a value says that there is none. Only what the field's kind makes sure of: an address, a time or a port. */
export const isAbsent = (cell: Cell, column: Column): boolean =>
  cell === null || cell === '0.0.0.0' || (cell === 0 && (column.kind === 'Time' || /port$/i.test(column.name)));

export const isNumber = (cell: Cell): cell is number => typeof cell === 'number';

/** What page tells of a value, by the name of its field: addresses, users and hosts have one each. */
export function entityPath(expression: string, value: Cell): string | null {
  if (typeof value !== 'string' || value === '' || value === '0.0.0.0') return null;
  const name = expression.toLowerCase();
  if (isAddress(value)) return `/address/${encodeURIComponent(value)}`;
  if (/^(username|sourceuser|destinationuser|assetuser\(.*\))$/.test(name)) return `/user/${encodeURIComponent(value)}`;
  if (/^(hostname|identityhostname|assethostname\(.*\))$/.test(name)) return `/host/${encodeURIComponent(value)}`;
  return null;
}

export const isAddress = (text: string): boolean =>
  /^\d{1,3}(\.\d{1,3}){3}$/.test(text) || (/^[0-9a-f:.]+$/i.test(text) && text.split(':').length > 2);
