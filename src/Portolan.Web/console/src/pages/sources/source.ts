// GET /api/portolan/log-sources: what is to be said of each at a glance.

export interface Source {
  readonly id: number;
  readonly name: string;
  readonly identifier: string;
  readonly sourceType: string;
  readonly type: string;
  readonly listener: string;
  readonly sender: string;
  readonly firstSeen: number;
  readonly last?: number;
  readonly usualGap?: number;
  readonly state: State;
  readonly isNew: boolean;
  /** Events of each of the last 60 minutes, oldest first. */
  readonly minutes: readonly number[];
  readonly lastHour: number;
  readonly parsed: number;
  readonly parsedShare?: number;
  /** How far its clock is ahead, milliseconds. */
  readonly skew?: number;
  readonly aql: string;
}

export const states = ['live', 'silent', 'failing', 'import'] as const;
export type State = (typeof states)[number];

export interface Sources {
  readonly at: number;
  readonly sources: readonly Source[];
}

export const columns = ['state', 'name', 'sender', 'hour', 'parsed', 'skew', 'last'] as const;
export type By = (typeof columns)[number];

// What needs a look comes first.
const order: Record<State, number> = { failing: 0, silent: 1, live: 2, import: 3 };

const key: Record<By, (s: Source) => number | string> = {
  state: (s) => order[s.state],
  name: (s) => s.name.toLowerCase(),
  sender: (s) => s.sender,
  hour: (s) => -s.lastHour,
  parsed: (s) => s.parsedShare ?? 2,
  skew: (s) => -Math.abs(s.skew ?? 0),
  last: (s) => -(s.last ?? 0),
};

export function sorted(all: readonly Source[], by: By, isDown: boolean): Source[] {
  const of = key[by];
  const compare = (a: number | string, b: number | string): number => (a < b ? -1 : a > b ? 1 : 0);
  return [...all].sort((a, b) => (isDown ? -1 : 1) * compare(of(a), of(b)) || compare(order[a.state], order[b.state]) || compare(a.name, b.name));
}

export function filtered(all: readonly Source[], state: State | 'new' | null, text: string): Source[] {
  const word = text.trim().toLowerCase();
  return all.filter(
    (s) => (state === null || (state === 'new' ? s.isNew && s.state !== 'import' : s.state === state)) && (word === '' || `${s.name}\n${s.identifier}\n${s.sender}\n${s.type}`.toLowerCase().includes(word)),
  );
}
