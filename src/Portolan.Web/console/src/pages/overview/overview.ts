// GET /api/portolan/overview, and what of it needs a person.

import type { Cell } from '../../lib/api';
import { quote } from '../../lib/aql/lex';

export interface Count {
  readonly count: number;
  readonly aql?: string;
  readonly fault?: string;
}

export interface Found {
  readonly aql: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
  readonly fault?: string;
}

export interface SourcesOf {
  readonly count: number;
  readonly aql?: string;
  readonly first: readonly { readonly id: number; readonly name: string }[];
}

export interface Loss {
  readonly count: number;
  readonly from: number;
  readonly reasons: readonly { readonly source: string; readonly reason: string; readonly count: number }[];
}

export interface Overview {
  readonly at: number;
  readonly started: number;
  readonly version: string;
  readonly rate: { readonly perSecond: number; readonly perSecondOfMinute: number; readonly tenSeconds: Count; readonly minute: Count };
  readonly day: { readonly from: number; readonly minutes: readonly number[]; readonly events: Count; readonly minutesAql: string; readonly begins?: number };
  readonly sources: { readonly all: number; readonly live: SourcesOf; readonly silent: SourcesOf; readonly failing: SourcesOf; readonly new: SourcesOf };
  readonly loss: { readonly sinceStart: Loss; readonly lastDay: Loss };
  readonly logins: Found;
  readonly failedLogins: Found;
  readonly violations: { readonly lastDay: Count; readonly newest: Found };
  readonly journal: { readonly state: string; readonly message: string; readonly bytes: number; readonly committed: number; readonly waiting: number };
  readonly store: { readonly segments: number; readonly bytes: number; readonly events: number; readonly damaged: number };
  readonly disk: { readonly folder: string; readonly total: number; readonly free: number; readonly used: number; readonly limit: number };
  readonly amiss: readonly { readonly check: string; readonly found: string; readonly remedy?: string }[];
}

/** Rows as objects by column name. */
export const rowsOf = (found: Found): Record<string, Cell>[] => found.rows.map((row) => Object.fromEntries(found.columns.map((name, i) => [name, row[i] ?? null])));

export interface Failed {
  readonly address: string;
  readonly attempts: number;
  readonly users: number;
  readonly last: number;
}

export const failedOf = (o: Overview): Failed[] =>
  rowsOf(o.failedLogins).map((r) => ({ address: String(r.sourceip), attempts: Number(r.attempts), users: Number(r.users), last: Number(r.last) }));

/** So many accounts from one address within an hour are tried by nobody who forgot a password. */
export const manyAccounts = 5;

export const sprays = (o: Overview): Failed[] => failedOf(o).filter((f) => f.users >= manyAccounts && f.address !== '0.0.0.0');

/** Who got in from addresses, during the same time as their failures; newest first. */
export function gotInAql(o: Overview, of: readonly Failed[]): string {
  const time = /START \d+ STOP \d+$/.exec(o.failedLogins.aql)?.[0] ?? 'LAST 1 HOURS';
  return `SELECT starttime, sourceip, username, identityip, eventid FROM events WHERE login = 'start' AND sourceip IN (${of.map((f) => quote(f.address)).join(', ')}) LIMIT 20 ${time}`;
}

/** Failed logins from one address, to be looked at one by one. */
export const failedFromAql = (o: Overview, address: string): string =>
  `SELECT starttime, username, LOGSOURCENAME(logsourceid) AS 'Log source', QIDNAME(qid) AS 'Event', sourceip, identityip, eventid FROM events WHERE login = 'failed' AND sourceip = ${quote(address)} ${
    /START \d+ STOP \d+$/.exec(o.failedLogins.aql)?.[0] ?? 'LAST 1 HOURS'
  }`;

/** The rows behind a search that counts or shows some of them. */
export function rowsAql(aql: string, columns: string): string {
  const [, rest = ''] = /\sFROM\s(.*)$/s.exec(aql) ?? [];
  return `SELECT ${columns} FROM ${rest.replace(/ LIMIT \d+/, '')}`;
}

/** Minutes of a day in hours of the clock. */
export function hours(from: number, minutes: readonly number[]): { from: number; to: number; events: number }[] {
  const hour = 3_600_000;
  const found: { from: number; to: number; events: number }[] = [];
  for (const [i, events] of minutes.entries()) {
    const at = from + i * 60_000;
    const start = Math.floor(at / hour) * hour;
    const last = found.at(-1);
    if (last?.from === start) last.events += events;
    else found.push({ from: start, to: start + hour, events });
  }
  return found;
}
