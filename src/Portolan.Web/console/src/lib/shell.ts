// The same search in other places.

import { oneLine } from './aql/query';
import { fixed } from './aql/time';
import type { Period } from './clock';

/** A text as one argument of a POSIX shell. */
export const shellQuote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/** The text with its time in it, when it stands beside it. */
export const asAql = (text: string, period: Period | null, stretch: { from: number; to: number } | null): string => (period && stretch ? fixed(text, period, stretch) : text);

export function asCommand(text: string, period: Period | null, stretch: { from: number; to: number } | null): string {
  const since = !period || !stretch ? '' : 'last' in period && /^\d+[mhd]$/.test(period.last) ? ` --since ${period.last}` : ` --since ${new Date(stretch.from).toISOString()} --until ${new Date(stretch.to).toISOString()}`;
  return `portolan search${since} ${shellQuote(oneLine(text))}`;
}

export function asCurl(text: string, stretch: { from: number; to: number } | null, origin: string): string {
  const time = stretch ? `?from=${stretch.from * 1000}&to=${stretch.to * 1000}` : '';
  return `curl -H "SEC: $PORTOLAN_TOKEN" --data-binary ${shellQuote(oneLine(text))} ${shellQuote(`${origin}/api/portolan/search${time}`)}`;
}
