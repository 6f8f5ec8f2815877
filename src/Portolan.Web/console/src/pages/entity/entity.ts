// An address, a user or a host: which events name it, and how.

import { quote } from '../../lib/aql/lex';

export type Kind = 'address' | 'user' | 'host';

/** Everything that names it, as a condition; null when nothing can. */
export function named(kind: Kind, value: string, addresses: readonly string[] = []): string {
  const v = quote(value);
  if (kind === 'address') return `(sourceip = ${v} OR destinationip = ${v} OR identityip = ${v})`;
  if (kind === 'user') return `(username = ${v} OR sourceuser = ${v} OR destinationuser = ${v})`;
  const list = addresses.map(quote).join(', ');
  const by = [`hostname = ${v}`, `identityhostname = ${v}`, ...(list ? [`sourceip IN (${list})`, `destinationip IN (${list})`, `identityip IN (${list})`] : [])];
  return `(${by.join(' OR ')})`;
}

/** The two ends it can be at, for peers; null when it is at none. */
export function ends(kind: Kind, value: string, addresses: readonly string[] = []): { source: string; destination: string } | null {
  const v = quote(value);
  if (kind === 'address') return { source: `sourceip = ${v}`, destination: `destinationip = ${v}` };
  if (kind === 'user') return { source: `sourceuser = ${v}`, destination: `destinationuser = ${v}` };
  const list = addresses.map(quote).join(', ');
  return list ? { source: `sourceip IN (${list})`, destination: `destinationip IN (${list})` } : null;
}

export const columns = "starttime, LOGSOURCENAME(logsourceid) AS source, QIDNAME(qid) AS event, hostname, username, sourceip, sourceuser, destinationip, destinationport, destinationuser, identityip, contractverdict, eventid";

export interface Who {
  readonly address: string;
  readonly user: string;
  readonly since: number;
  readonly until: number;
  readonly source: string;
}

export interface Peer {
  readonly direction: 'out' | 'in';
  readonly address: string;
  readonly user: string | null;
  readonly ports: string;
  readonly events: number;
  readonly last: number;
  readonly verdict: string | null;
}

/** How a row names the entity, for the reader who wonders why it is in the list. */
export function roles(kind: Kind, value: string, addresses: readonly string[], row: Record<string, unknown>): ('source' | 'destination' | 'identity' | 'host' | 'user')[] {
  const found: ('source' | 'destination' | 'identity' | 'host' | 'user')[] = [];
  const own = (address: unknown): boolean => (kind === 'address' ? address === value : kind === 'host' && addresses.includes(String(address)));
  if (own(row.sourceip) || (kind === 'user' && row.sourceuser === value)) found.push('source');
  if (own(row.destinationip) || (kind === 'user' && row.destinationuser === value)) found.push('destination');
  if (own(row.identityip)) found.push('identity');
  if (kind === 'user' && row.username === value) found.push('user');
  if (kind === 'host' && row.hostname === value) found.push('host');
  return found;
}

/** Who was there at a moment. */
export const at = (all: readonly Who[], moment: number): Who[] => all.filter((w) => w.since <= moment && moment < w.until);
