import { describe, expect, test } from 'vitest';
import { withoutTime } from './query';
import { clauseOf, timeOf, withTime } from './time';

const now = Date.parse('2026-11-21T09:00:30Z');
const at = (text: string): number => Date.parse(text);

describe('what a text says of its time', () => {
  test.each([
    ['LAST 24 HOURS', { last: '24h' }],
    ['LAST 1 minute', { last: '1m' }],
    ['START 60000 STOP 120000', { from: 60_000, to: 120_000 }],
    // Outward to whole minutes.
    ['START 61000 STOP 119999', { from: 60_000, to: 120_000 }],
    ['START 60000', { from: 60_000, to: null }],
    ["START '2026-11-21 08:00 Z' STOP '2026/11/21 08:30:20Z'", { from: at('2026-11-21T08:00:00Z'), to: at('2026-11-21T08:31:00Z') }],
    // In the server's zone.
    ["START '2026-11-21 08:00' STOP '2026:11:21-09:00:00'", { from: at('2026-11-20T23:00:00Z'), to: at('2026-11-21T00:00:00Z') }],
    ["START PARSEDATETIME('2 hours ago') STOP PARSEDATETIME('now')", { from: at('2026-11-21T07:00:00Z'), to: at('2026-11-21T09:01:00Z') }],
    ["START PARSEDATETIME('1 month ago')", 'other'],
    ["START '2026-13-01 08:00 Z'", 'other'],
    ['START 120000 STOP 60000', 'other'],
  ])('%s', (clause, expected) => {
    const text = `SELECT a FROM events WHERE b = 1 ${clause}`;
    expect(timeOf(text, now, 'Asia/Tokyo')).toEqual(expected);
    expect(withoutTime(text)).toBe('SELECT a FROM events WHERE b = 1');
  });
  test('a time without a zone waits for the zone', () => expect(timeOf("SELECT a FROM events START '2026-11-21 08:00'")).toBe('other'));
  test('a function is no clause', () => expect(timeOf('SELECT a, LAST(b) FROM events')).toBe(null));
});

describe('another time in a text that has one', () => {
  const stretch = { from: at('2026-11-21T08:00:00Z'), to: at('2026-11-21T08:30:00Z') };
  const written = "START '2026-11-21 08:00 Z' STOP '2026-11-21 08:30 Z'";
  test.each([
    ['LAST 24 HOURS', { last: '2w' }, 'LAST 14 DAYS', null],
    ['LAST 24 HOURS', stretch, written, null],
    ['START 60000', { last: '30s' }, 'LAST 30 SECONDS', null],
    // Drawn between minutes: to those around it.
    ['LAST 24 HOURS', { from: stretch.from + 20_000, to: stretch.to - 20_000 }, written, null],
    // What no clause says, the address does.
    ['LAST 24 HOURS', { last: 'today' }, '', { last: 'today' }],
    ["START '2026-11-21 08:00 Z' STOP '2026-11-21 08:01 Z'", { from: stretch.from, to: stretch.from + 20_000 }, '', { from: stretch.from, to: stretch.from + 20_000 }],
  ])('%s becomes %j', (before, period, clause, beside) =>
    expect(withTime(`SELECT a FROM events LIMIT 5 ${before}`, period)).toEqual({ text: `SELECT a FROM events LIMIT 5 ${clause}`.trim(), period: beside }));
  test('what is written is what is read', () => expect(timeOf(`SELECT a FROM events ${clauseOf(stretch)}`)).toEqual(stretch));
});
