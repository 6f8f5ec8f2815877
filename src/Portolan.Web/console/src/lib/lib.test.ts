import { describe, expect, test, vi } from 'vitest';
import { ApiFault, result, setCsrf, stream, whenSignedOut } from './api';
import { entityPath, isAbsent } from './cell';
import { ago, fromWall, isZone, offsetAt, periodOf, periodQuery, resolve, showDuration, showOffset, showTime, span, stepFor } from './clock';
import { match } from './path';
import { fromBase64, hexLines, pieces, visible } from './visible';

const utc = (text: string): number => Date.parse(`${text}Z`);

describe('times', () => {
  test.each([
    ['2026-11-21T09:52:15.123', 'Asia/Tokyo', '2026-11-21 18:52:15.123', '+09:00'],
    ['2026-07-01T12:00:00', 'America/New_York', '2026-07-01 08:00:00.000', '-04:00'],
    ['2026-01-01T00:00:00', 'Asia/Kathmandu', '2026-01-01 05:45:00.000', '+05:45'],
    ['2026-01-01T00:00:00', 'UTC', '2026-01-01 00:00:00.000', '+00:00'],
  ])('%sZ in %s is %s', (moment, zone, shown, offset) => {
    expect(showTime(utc(moment), zone)).toBe(shown);
    expect(showOffset(utc(moment), zone)).toBe(offset);
    expect(fromWall(shown, zone)).toBe(utc(moment));
  });

  // tzdata: Berlin goes to summer time on 2026-03-29 and back on 2026-10-25, both at 01:00 UTC.
  test.each([
    ['2026-03-29T01:59:59', '2026-03-29T00:59:59'],
    ['2026-03-29T03:00:00', '2026-03-29T01:00:00'],
    ['2026-10-25T02:30:00', '2026-10-25T00:30:00'],
    ['2026-10-25T03:00:00', '2026-10-25T02:00:00'],
    ['2026-10-26T00:00:00', '2026-10-25T23:00:00'],
  ])('%s in Berlin is %sZ', (wall, moment) => expect(fromWall(wall, 'Europe/Berlin')).toBe(utc(moment)));

  test('what is no time is none', () => {
    for (const text of ['', '2026-02-30', 'now', '2026-1-1']) expect(fromWall(text, 'UTC')).toBe(null);
    expect([span('15m'), span('2h'), span('7d'), span('0m'), span('x'), span('5')]).toEqual([900_000, 7_200_000, 604_800_000, null, null, null]);
  });

  test('the address bar holds a period and gives it back', () => {
    const otherwise = { last: '15m' };
    const of = (text: string) => periodOf(new URLSearchParams(text), otherwise);
    expect(of('last=2h')).toEqual({ last: '2h' });
    expect(of('last=nonsense')).toEqual(otherwise);
    expect(of('from=2026-01-01T00:00:00.000Z&to=2026-01-02T00:00:00.000Z')).toEqual({ from: utc('2026-01-01T00:00:00'), to: utc('2026-01-02T00:00:00') });
    expect(of('from=5&to=4')).toEqual(otherwise);
    expect(periodQuery({ from: 0, to: 1000 })).toEqual({ last: null, from: '1970-01-01T00:00:00.000Z', to: '1970-01-01T00:00:01.000Z' });
  });

  test('today and yesterday are days of the zone in force', () => {
    const now = utc('2026-11-21T20:00:00');
    expect(resolve({ last: 'today' }, now, 'Asia/Tokyo')).toEqual({ from: utc('2026-11-21T15:00:00'), to: now });
    expect(resolve({ last: 'yesterday' }, now, 'Asia/Tokyo')).toEqual({ from: utc('2026-11-20T15:00:00'), to: utc('2026-11-21T15:00:00') });
    expect(resolve({ last: '1h' }, now, 'UTC')).toEqual({ from: now - 3_600_000, to: now });
  });

  test('steps are round and few', () => {
    expect([stepFor(3_600_000, 120), stepFor(86_400_000, 120), stepFor(60_000, 120)]).toEqual([30_000, 900_000, 500]);
    // 7 and a half minutes are not whole twos.
    expect(stepFor(3_600_000, 8, 120_000)).toBe(600_000);
    for (const length of [1, 999, 5e6, 3e9, 9e11]) expect(length / stepFor(length, 120)).toBeLessThanOrEqual(120);
    expect([showDuration(850), showDuration(1500), showDuration(200_000)]).toEqual(['850 ms', '1.5 s', '3 min 20 s']);
    expect(ago(utc('2026-01-01T00:00:00'), utc('2026-01-01T02:10:00'))).toEqual({ n: -2, unit: 'hour' });
    expect(offsetAt(utc('2026-01-01T00:00:00'), 'UTC')).toBe(0);
    expect(['UTC', 'Asia/Tokyo', 'Local', ''].map(isZone)).toEqual([true, true, false, false]);
  });
});

describe('text from strangers', () => {
  test.each([
    ['plain <b>text</b> 日本語 😀', 'plain <b>text</b> 日本語 😀'],
    ['a\nb\tc\r', 'a\\nb\\tc\\r'],
    ['\x1b[31mred', '\\x1b[31mred'],
    ['user\u202egpj.exe', 'user\\u202egpj.exe'],
    ['zero\u200bwidth\ufeff', 'zero\\u200bwidth\\ufeff'],
    ['next\u0085line', 'next\\x85line'],
    ['half\ud800', 'half\\ud800'],
    ['tag\u{e0041}', 'tag\\u{e0041}'],
  ])('%j', (text, expected) => {
    expect(visible(text)).toBe(expected);
    expect(pieces(text).map((p) => p.text).join('')).toBe(expected);
  });

  test('what is written out is told from what is there', () => {
    expect(pieces('a\n\\n')).toEqual([{ text: 'a', escaped: false }, { text: '\\n', escaped: true }, { text: '\\n', escaped: false }]);
  });

  test('bytes in lines of sixteen', () => {
    const lines = hexLines(fromBase64(btoa('<34>Oct 11 22:14:15\x00')));
    expect(lines).toEqual([
      { offset: '000000', hex: '3c 33 34 3e 4f 63 74 20  31 31 20 32 32 3a 31 34', text: '<34>Oct 11 22:14' },
      { offset: '000010', hex: '3a 31 35 00', text: ':15·' },
    ]);
  });
});

test('paths', () => {
  expect(match('/address/:address', '/address/2001%3Adb8%3A%3A7')).toEqual({ address: '2001:db8::7' });
  expect(match('/search', '/search/')).toEqual({});
  expect(match('/search', '/sources')).toBe(null);
  expect(match('/address/:address', '/address/')).toBe(null);
  expect(match('/user/:user', '/user/%zz')).toBe(null);
  expect(match('/', '/')).toEqual({});
});

test('values that have a page of their own', () => {
  expect(entityPath('sourceip', '10.0.1.2')).toBe('/address/10.0.1.2');
  expect(entityPath('sourceip', '0.0.0.0')).toBe(null);
  expect(entityPath('username', 'a/b')).toBe('/user/a%2Fb');
  expect(entityPath('ASSETHOSTNAME(sourceip)', 'lnx01')).toBe('/host/lnx01');
  expect(entityPath('destinationip', '2001:db8::7')).toBe('/address/2001%3Adb8%3A%3A7');
  expect(entityPath('magnitude', 5)).toBe(null);
  expect(isAbsent(0, { name: 'sourceport', kind: 'Value' })).toBe(true);
  expect(isAbsent(0, { name: 'magnitude', kind: 'Value' })).toBe(false);
});

describe('the server', () => {
  const answers = (status: number, ...chunks: string[]) => {
    const asked: { url: string; init: RequestInit }[] = [];
    const body = () => new ReadableStream<Uint8Array>({
      start(to) {
        for (const chunk of chunks) to.enqueue(new TextEncoder().encode(chunk));
        to.close();
      },
    });
    vi.stubGlobal('fetch', (url: string, init: RequestInit) => {
      asked.push({ url, init });
      return Promise.resolve(new Response(body(), { status }));
    });
    return asked;
  };
  const fault = async (p: Promise<unknown>): Promise<ApiFault> => p.then(() => Promise.reject(new Error('no fault')), (e: unknown) => e as ApiFault);

  test('a result comes in pieces that end anywhere', async () => {
    answers(200, '{"columns":[{"name":"a","ki', 'nd":"Value"}]}\n["日', '本"]\n[null]\n', '{"end":{"rows":2,"partial":true,"notes":["n"]}}\n');
    expect(await result('/x')).toEqual({ columns: [{ name: 'a', kind: 'Value' }], rows: [['日本'], [null]], end: { rows: 2, partial: true, notes: ['n'] } });
  });

  test('a stream without its end broke off; a fault behind rows keeps the rows', async () => {
    answers(200, '{"columns":[]}\n[1]\n');
    expect((await fault(result('/x'))).kind).toBe('BrokeOff');
    answers(200, '{"columns":[]}\n[1]\n{"fault":{"kind":"Unanswerable","what":"w","why":"y","try":"t"}}\n');
    const rows: unknown[] = [];
    const told = await fault(stream('/x', {}, { rows: (r) => void rows.push(...r) }));
    expect([told.kind, told.what, told.why, told.tryThis, rows]).toEqual(['Unanswerable', 'w', 'y', 't', [[1]]]);
  });

  test.each([
    [400, '{"fault":{"kind":"Syntax","what":"w"}}\n', 'Syntax', 'w'],
    [422, '{"fault":{"kind":"Unanswerable","what":"w"}}\n', 'Unanswerable', 'w'],
    [403, '{"fault":{"kind":"Unavailable","what":"w"}}\n', 'Forbidden', 'w'],
    [429, '', 'TooMany', '429'],
    [404, '{"code":1002,"message":"m","description":"d"}', 'Unavailable', 'm'],
    [500, '<html>', 'Unavailable', '500'],
  ])('%i %s', async (status, body, kind, what) => {
    answers(status, body);
    const told = await fault(result('/x'));
    expect([told.kind, told.what, told.status]).toEqual([kind, what, status]);
  });

  test('a 401 ends the session, but for the sign-in itself', async () => {
    const ended = vi.fn();
    whenSignedOut(ended);
    answers(401, '');
    expect((await fault(result('/x', { anonymous: true }))).kind).toBe('SignIn');
    expect(ended).not.toHaveBeenCalled();
    await fault(result('/x'));
    expect(ended).toHaveBeenCalledOnce();
  });

  test('what changes something carries the token of the session', async () => {
    setCsrf('secret');
    const asked = answers(200, '{"end":{"rows":0,"partial":false,"notes":[]}}\n');
    await result('/x', { body: 'SELECT', query: { from: 1, to: null } });
    await result('/x');
    expect(asked.map((a) => [a.url, a.init.method, (a.init.headers as Record<string, string>)['X-CSRF'] ?? null])).toEqual([['/x?from=1', 'POST', 'secret'], ['/x', 'GET', null]]);
  });

  test('no way to the server is no bug', async () => {
    vi.stubGlobal('fetch', () => Promise.reject(new TypeError('Failed to fetch')));
    expect((await fault(result('/x'))).kind).toBe('Unreachable');
  });
});
