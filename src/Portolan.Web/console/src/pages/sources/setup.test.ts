import { expect, test } from 'vitest';
import { chosen, isHost, senders, ways, type Setups } from './setup';
import { filtered, sorted, type Source } from './source';

const given: Setups = {
  address: '192.0.2.7', addresses: ['192.0.2.7'], ports: { udp: 514, tcp: 514, tls: 0 },
  types: [
    { id: 'linux-os', name: 'Linux OS', setups: [{ name: 'rsyslog', over: 'tls' }, { name: 'rsyslog', over: 'udp', text: 'a' }, { name: 'syslog-ng', over: 'tcp', text: 'b' }] },
    { id: 'cisco-asa', name: 'Cisco ASA', setups: [{ name: 'ASA', over: 'udp', ports: '514', text: 'c' }, { name: 'ASA', over: 'udp', ports: '1025-65535' }, { name: 'ASA', over: 'tcp', ports: '1025-65535' }] },
  ],
};

test('every program stands once, with the ways in which it can send', () => {
  expect(senders(given).map((s) => [s.id, s.type, ways(s)])).toEqual([['rsyslog', 'Linux OS', ['udp', 'tls']], ['syslog-ng', 'Linux OS', ['tcp']], ['asa', 'Cisco ASA', ['udp', 'tcp']]]);
});

test.each([
  ['rsyslog', 'udp', 'a', undefined],
  ['rsyslog', 'tls', undefined, undefined],
  ['asa', 'udp', 'c', '514'],
  ['asa', 'tcp', undefined, '1025-65535'],
] as const)('%s over %s: the lines that hold here, or the ports that would do', (id, over, text, ports) => {
  const one = chosen(senders(given).find((s) => s.id === id)!, over);
  expect([one?.text, one?.ports]).toEqual([text, ports]);
});

test.each([['192.0.2.7', true], ['2001:db8::7', true], ['log.example.com', true], ['a"b', false], ['a b', false], ['a\nb', false], ['', false], ['-x', false]])('%j may stand in a line: %s', (text, may) => {
  expect(isHost(text)).toBe(may);
});

const source = (id: number, state: Source['state'], lastHour: number, isNew = false): Source => ({
  id, state, lastHour, isNew, name: `type @ s${id}`, identifier: `s${id}`, sourceType: 't', type: 'type', listener: 'syslog-udp', sender: '192.0.2.1', firstSeen: 0, minutes: [], parsed: 0, aql: '',
});
const all = [source(1, 'live', 5), source(2, 'failing', 7, true), source(3, 'silent', 0), source(4, 'import', 9, true), source(5, 'live', 8)];
const ids = (some: Source[]): number[] => some.map((s) => s.id);

test('sources that need a look come first', () => {
  expect(ids(sorted(all, 'state', false))).toEqual([2, 3, 1, 5, 4]);
  expect(ids(sorted(all, 'hour', false))).toEqual([4, 5, 2, 1, 3]);
  expect(ids(sorted(all, 'hour', true))[0]).toBe(3);
});

test('filters by state and text; an imported file is never new', () => {
  expect(ids(filtered(all, 'live', ''))).toEqual([1, 5]);
  expect(ids(filtered(all, 'new', ''))).toEqual([2]);
  expect(ids(filtered(all, null, 'S3'))).toEqual([3]);
});
