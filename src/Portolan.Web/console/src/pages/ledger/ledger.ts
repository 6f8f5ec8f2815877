// GET /api/portolan/ledger as a balance for each entrance and a list of what became of each source's events.

import type { Result } from '../../lib/api';

export interface Entry {
  readonly source: string;
  readonly reason: string;
  readonly count: number;
  readonly unit: 'events' | 'messages';
}

export const read = (r: Result): Entry[] =>
  r.rows.map(([source, reason, count, unit]) => ({ source: String(source), reason: String(reason), count: Number(count), unit: unit === 'events' ? 'events' : 'messages' }));

/** What says that messages are not in the store and will not be: docs, and LedgerReasons.Losses in the server. */
export const losses: readonly string[] = ['dropped-by-kernel', 'sender-not-allowed', 'journal-full', 'set-aside'];

export interface Balance {
  readonly source: string;
  readonly received: number;
  readonly stored: number;
  readonly lost: number;
  readonly waiting: number;
  readonly residual: number;
  readonly reasons: readonly Entry[];
}

const sum = (some: readonly Entry[]): number => some.reduce((n, e) => n + e.count, 0);

/** Received = stored + lost + waiting + what is unexplained, for each entrance. */
export function balances(all: readonly Entry[]): Balance[] {
  const messages = all.filter((e) => e.unit === 'messages');
  return [...new Set(messages.map((e) => e.source))].map((source) => {
    const own = messages.filter((e) => e.source === source);
    const of = (reason: string): number => sum(own.filter((e) => e.reason === reason));
    const lost = own.filter((e) => losses.includes(e.reason));
    return { source, received: of('received'), stored: of('stored'), lost: sum(lost), waiting: of('waiting'), residual: of('residual'), reasons: own.filter((e) => !['received', 'stored', 'waiting', 'residual'].includes(e.reason)) };
  });
}

export interface OfSource {
  readonly source: string;
  readonly stored: number;
  readonly parsed: number;
  /** Everything else that was counted. */
  readonly others: readonly Entry[];
}

export function ofSources(all: readonly Entry[]): OfSource[] {
  const events = all.filter((e) => e.unit === 'events');
  return [...new Set(events.map((e) => e.source))]
    .map((source) => {
      const own = events.filter((e) => e.source === source);
      const of = (reason: string): number => sum(own.filter((e) => e.reason === reason));
      return { source, stored: of('stored'), parsed: of('parsed'), others: own.filter((e) => !['received', 'stored', 'parsed'].includes(e.reason) && e.count !== 0) };
    })
    .sort((a, b) => b.stored - a.stored);
}
