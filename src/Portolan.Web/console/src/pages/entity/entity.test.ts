import { expect, test } from 'vitest';
import { at, ends, named, roles } from './entity';

test.each([
  ['address', '192.0.2.1', [], "(sourceip = '192.0.2.1' OR destinationip = '192.0.2.1' OR identityip = '192.0.2.1')"],
  ['user', "o'neill", [], "(username = 'o''neill' OR sourceuser = 'o''neill' OR destinationuser = 'o''neill')"],
  ['host', 'web01', [], "(hostname = 'web01' OR identityhostname = 'web01')"],
  ['host', 'web01', ['192.0.2.1'], "(hostname = 'web01' OR identityhostname = 'web01' OR sourceip IN ('192.0.2.1') OR destinationip IN ('192.0.2.1') OR identityip IN ('192.0.2.1'))"],
] as const)('what names the %s %s', (kind, value, addresses, condition) => {
  expect(named(kind, value, addresses)).toBe(condition);
});

test('a host without an address talks to nobody', () => {
  expect(ends('host', 'web01')).toBeNull();
  expect(ends('user', 'ann')).toEqual({ source: "sourceuser = 'ann'", destination: "destinationuser = 'ann'" });
});

test('how a row names it', () => {
  const row = { sourceip: '192.0.2.1', destinationip: '192.0.2.2', identityip: '192.0.2.1', username: 'ann', sourceuser: 'ann', hostname: 'web01' };
  expect(roles('address', '192.0.2.1', [], row)).toEqual(['source', 'identity']);
  expect(roles('user', 'ann', [], row)).toEqual(['source', 'user']);
  expect(roles('host', 'web01', ['192.0.2.2'], row)).toEqual(['destination', 'host']);
});

test('who was there: from the first moment to before the last', () => {
  const all = [{ address: 'a', user: 'ann', since: 10, until: 20, source: 's' }, { address: 'a', user: 'ben', since: 20, until: 30, source: 's' }];
  expect(at(all, 10).map((w) => w.user)).toEqual(['ann']);
  expect(at(all, 20).map((w) => w.user)).toEqual(['ben']);
  expect(at(all, 30)).toEqual([]);
});
