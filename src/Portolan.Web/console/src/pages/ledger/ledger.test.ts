import { expect, test } from 'vitest';
import type { Result } from '../../lib/api';
import { balances, ofSources, read } from './ledger';

const given: Result = {
  columns: [],
  rows: [
    ['syslog-udp', 'received', 100, 'messages'],
    ['syslog-udp', 'stored', 90, 'messages'],
    ['syslog-udp', 'dropped-by-kernel', 7, 'messages'],
    ['syslog-udp', 'truncated', 2, 'messages'],
    ['syslog-udp', 'waiting', 3, 'messages'],
    ['syslog-udp', 'residual', 0, 'messages'],
    ['syslog-tcp', 'residual', 0, 'messages'],
    ['web01', 'stored', 40, 'events'],
    ['web01', 'parsed', 30, 'events'],
    ['web01', 'unparsed', 10, 'events'],
    ['db01', 'stored', 50, 'events'],
  ],
  end: { rows: 11, partial: false, notes: [] },
};

test('the balance of each entrance', () => {
  expect(balances(read(given)).map(({ reasons, ...b }) => [b, reasons.map((r) => r.reason)])).toEqual([
    [{ source: 'syslog-udp', received: 100, stored: 90, lost: 7, waiting: 3, residual: 0 }, ['dropped-by-kernel', 'truncated']],
    [{ source: 'syslog-tcp', received: 0, stored: 0, lost: 0, waiting: 0, residual: 0 }, []],
  ]);
});

test('what became of each source, the largest first', () => {
  expect(ofSources(read(given)).map((s) => [s.source, s.stored, s.parsed, s.others.map((o) => `${o.reason} ${o.count}`)])).toEqual([
    ['db01', 50, 0, []],
    ['web01', 40, 30, ['unparsed 10']],
  ]);
});
