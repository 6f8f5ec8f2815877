import { describe, expect, test } from 'vitest';
import { asAql, asCommand, asCurl, shellQuote } from '../../lib/shell';
import { columnsOf, read } from '../../lib/aql/reference';
import { stateOf } from '../../lib/job';
import { drawingOf } from './chart';

const value = (name: string) => ({ name, kind: 'Value' as const });
const time = (ms: number): string => `t${ms}`;

describe('the same search in other places', () => {
  const stretch = { from: 1_000, to: 61_000 };
  const text = "SELECT *\nFROM events\nWHERE username = 'o''neil'";
  const minutes = { from: 60_000, to: 180_000 };
  test.each([
    [{ last: '90m' }, stretch, `${text}\nLAST 90 MINUTES`],
    [{ last: '2w' }, stretch, `${text}\nLAST 14 DAYS`],
    [minutes, minutes, `${text}\nSTART '1970-01-01 00:01 Z' STOP '1970-01-01 00:03 Z'`],
    // START and STOP snap to minutes: the rows of less are told by conditions.
    [{ last: 'today' }, stretch, `${text} AND starttime >= 1000 AND starttime < 61000\nSTART '1970-01-01 00:00 Z' STOP '1970-01-01 00:02 Z'`],
    [stretch, stretch, `${text} AND starttime >= 1000 AND starttime < 61000\nSTART '1970-01-01 00:00 Z' STOP '1970-01-01 00:02 Z'`],
  ])('as AQL over %j', (period, of, expected) => expect(asAql(text, period, of)).toBe(expected));
  test('a text with its own time is as it is', () => expect(asAql(`${text} LAST 1 DAYS`, null, stretch)).toBe(`${text} LAST 1 DAYS`));

  test('as a command and as curl, quoted for a shell', () => {
    expect(shellQuote("a'b")).toBe(`'a'\\''b'`);
    expect(asCommand(text, { last: '1h' }, stretch)).toBe(`portolan search --since 1h 'SELECT * FROM events WHERE username = '\\''o'\\'''\\''neil'\\'''`);
    expect(asCommand('SELECT *', { last: '2w' }, stretch)).toBe("portolan search --since 1970-01-01T00:00:01.000Z --until 1970-01-01T00:01:01.000Z 'SELECT *'");
    expect(asCommand('SELECT * FROM events LAST 1 DAYS', null, null)).toBe("portolan search 'SELECT * FROM events LAST 1 DAYS'");
    expect(asCurl('SELECT *', stretch, 'https://h')).toBe(`curl -H "SEC: $PORTOLAN_TOKEN" --data-binary 'SELECT *' 'https://h/api/portolan/search?from=1000000&to=61000000'`);
  });
});

describe('drawings', () => {
  test('texts label, numbers are series', () => {
    expect(drawingOf([value('user'), value('n')], [['a', 5], [null, 3]], time)).toEqual({ labels: ['a', '–'], series: [{ name: 'n', values: [5, 3] }], isTime: false });
  });
  test('times come in their order', () => {
    const t1 = 1_795_289_400_000;
    expect(drawingOf([value('n'), { name: 'starttime', kind: 'Time' }], [[5, t1 + 1], [3, t1]], time)).toEqual({ labels: [`t${t1}`, `t${t1 + 1}`], series: [{ name: 'n', values: [3, 5] }], isTime: true });
    expect(drawingOf([value('bucket'), value('n')], [[t1, 5]], time)?.isTime).toBe(true);
  });
  test('time and another key: a line for each of its values, the largest first', () => {
    const t1 = 1_795_289_400_000;
    expect(drawingOf([value('t'), value('type'), value('n')], [[t1, 'x', 1], [t1, 'y', 5], [t1 + 60_000, 'x', 2]], time)).toEqual({
      labels: [`t${t1}`, `t${t1 + 60_000}`],
      series: [{ name: 'y', values: [5, null] }, { name: 'x', values: [1, 2] }],
      isTime: true,
    });
  });
  test('a number that is grouped by is a name', () => {
    const t1 = 1_795_289_400_000;
    expect(drawingOf([value('t'), value('devicetype'), value('n')], [[t1, 11, 1], [t1, 12, 5]], time, (c) => c.name !== 'n')).toEqual({
      labels: [`t${t1}`], series: [{ name: '12', values: [5] }, { name: '11', values: [1] }], isTime: true,
    });
    expect(drawingOf([value('port'), value('n')], [[443, 5], [22, 3]], time, (c) => c.name === 'port')).toEqual({ labels: ['443', '22'], series: [{ name: 'n', values: [5, 3] }], isTime: false });
  });
  test('nothing to draw is nothing', () => {
    expect(drawingOf([value('user')], [['a']], time)).toBe(null);
    expect(drawingOf([value('user'), value('n')], [], time)).toBe(null);
  });
  test('a single number has a bar of its own', () => expect(drawingOf([value('n')], [[5]], time)).toEqual({ labels: ['1'], series: [{ name: 'n', values: [5] }], isTime: false }));
});

test.each([
  ['WAIT', null, { status: 'waiting', isPartial: false, notes: [] }],
  ['EXECUTE', [], { status: 'running', isPartial: false }],
  ['SORTING', null, { status: 'running' }],
  ['COMPLETED', [{ message: 'm', severity: 'WARN' }], { status: 'done', isPartial: true, notes: ['m'] }],
  ['COMPLETED', [{ message: 'm', severity: 'INFO' }], { status: 'done', isPartial: false, notes: ['m'] }],
  ['CANCELED', null, { status: 'stopped' }],
  ['ERROR', [{ message: 'm', severity: 'ERROR' }], { status: 'failed', isPartial: true }],
] as const)('a search that is %s with %j', (status, messages, expected) =>
  expect(stateOf({ search_id: 'x', status, progress: 50, record_count: 7, error_messages: messages })).toMatchObject({ ...expected, progress: 50, rows: 7 }),
);

test('what the server says of names becomes one list; a field hides a property of its name', () => {
  const known = read({
    fields: [{ name: 'eventid', type: 'String', tables: ['events', 'flows'], doc: 'd' }, { name: 'sourcebytes', type: 'Long', tables: ['flows'], doc: '' }],
    functions: [{ name: 'COUNT', signature: 'COUNT(value)', type: 'Double', doc: '', aggregate: true }],
    properties: [{ name: 'EventID', written: 'EventID' }, { name: 'URL Category', written: '"URL Category"' }],
    keywords: ['SELECT'],
  });
  expect(known.zone).toBe(null);
  expect(known.names.map((n) => [n.name, n.kind, n.of, n.written])).toEqual([
    ['eventid', 'field', 'both', 'eventid'],
    ['sourcebytes', 'field', 'flows', 'sourcebytes'],
    ['EventID', 'property', 'both', 'EventID'],
    ['URL Category', 'property', 'both', '"URL Category"'],
    ['COUNT', 'aggregate', 'both', 'COUNT(value)'],
  ]);
  expect(columnsOf(known, 'events').map((n) => n.name)).toEqual(['eventid', 'URL Category']);
});
