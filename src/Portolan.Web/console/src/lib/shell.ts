// The same search in other places.

import { oneLine } from './aql/query';
import type { Period } from './clock';

/** A text as one argument of a POSIX shell. */
export const shellQuote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

const spans: Record<string, string> = { s: 'SECONDS', m: 'MINUTES', h: 'HOURS', d: 'DAYS' };

/** The text with its time in it. Whole minutes, as START and STOP take them. */
export function asAql(text: string, period: Period | null, stretch: { from: number; to: number } | null): string {
  if (!period || !stretch) return text;
  if ('last' in period) {
    const match = /^(\d+)([smhdw])$/.exec(period.last);
    if (match) return match[2] === 'w' ? `${text} LAST ${Number(match[1]) * 7} DAYS` : `${text} LAST ${match[1]} ${spans[match[2] ?? 'm']}`;
  }
  return `${text} START ${stretch.from} STOP ${stretch.to - 1}`;
}

export function asCommand(text: string, period: Period | null, stretch: { from: number; to: number } | null): string {
  const since = !period || !stretch ? '' : 'last' in period && /^\d+[mhd]$/.test(period.last) ? ` --since ${period.last}` : ` --since ${new Date(stretch.from).toISOString()} --until ${new Date(stretch.to).toISOString()}`;
  return `portolan search${since} ${shellQuote(oneLine(text))}`;
}

export function asCurl(text: string, stretch: { from: number; to: number } | null, origin: string): string {
  const time = stretch ? `?from=${stretch.from * 1000}&to=${stretch.to * 1000}` : '';
  return `curl -H "SEC: $PORTOLAN_TOKEN" --data-binary ${shellQuote(oneLine(text))} ${shellQuote(`${origin}/api/portolan/search${time}`)}`;
}
