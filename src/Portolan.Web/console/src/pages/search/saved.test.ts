import { expect, test } from 'vitest';
import { timeOf } from '../../lib/aql/time';
import { asAql } from '../../lib/shell';
import { freeName, named, parted, type Saved } from './saved';

const saved = (id: number, name: string, mine = true): Saved => ({ id, name, owner: mine ? 'ann' : 'bob', mine, shared: !mine, aql: 'SELECT qid FROM events' });
const list = [saved(1, 'logins'), saved(2, 'b', false), saved(3, 'a', false), saved(4, 'a'), saved(5, 'logins 2')];

test.each([
  ['logins', 1],
  ['  logins ', 1],
  ['a', 4],
  ['b', undefined],
  ['Logins', undefined],
  ['', undefined],
] as const)('saving under %j replaces %j', (name, id) => expect(named(list, name)?.id).toBe(id));

test.each([
  ['new', 'new'],
  ['b', 'b'],
  ['a', 'a 2'],
  ['logins', 'logins 3'],
])('a copy of %j is named %j', (wanted, expected) => expect(freeName(list, wanted)).toBe(expected));

test('mine come first, each part by name', () => {
  const { mine, others } = parted(list);
  expect([mine.map((s) => s.id), others.map((s) => s.id)]).toEqual([[4, 1, 5], [3, 2]]);
});

test.each(['15m', '24h', '7d'])('a time of %s is saved with the text and found in it again', (last) =>
  expect(timeOf(asAql('SELECT qid FROM events', { last }, { from: 0, to: 1 }))).toEqual({ last }));
