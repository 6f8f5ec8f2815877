import { expect, test } from 'vitest';
import { isHost, senders, setup, transports } from './setup';
import { filtered, sorted, type Source } from './source';

test('every sender gets the address and the port it is to send to', () => {
  for (const { id } of senders)
    for (const transport of transports) {
      const lines = setup(id, transport, '192.0.2.7', 6514)!.lines;
      expect(lines, id).toContain('192.0.2.7');
      expect(lines, id).toContain('6514');
    }
});

test.each([
  ['rsyslog', 'udp', 514, 'target="192.0.2.7" port="514" protocol="udp"'],
  ['rsyslog', 'tcp', 514, 'TCP_Framing="octet-counted"'],
  ['rsyslog', 'tls', 6514, 'StreamDriverMode="1"'],
  ['syslog-ng', 'udp', 514, 'syslog("192.0.2.7" transport("udp") port(514));'],
  ['syslog-ng', 'tls', 6514, 'tls(ca-file('],
  ['pan-os', 'tls', 6514, 'transport SSL'],
  ['asa', 'udp', 514, 'logging host inside 192.0.2.7\n'],
  ['asa', 'udp', 10514, 'logging host inside 192.0.2.7 udp/10514'],
  ['asa', 'tls', 6514, 'logging host inside 192.0.2.7 tcp/6514 secure'],
] as const)('%s over %s to %i', (sender, transport, port, wanted) => {
  expect(setup(sender, transport, '192.0.2.7', port)!.lines).toContain(wanted);
});

test('ASA takes no TCP port below 1025', () => {
  expect(setup('asa', 'tcp', '192.0.2.7', 514)).toBeNull();
  expect(setup('asa', 'tcp', '192.0.2.7', 10514)).not.toBeNull();
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
