import { describe, expect, test } from 'vitest';
import { csvCell, csvLine, formatOf, keysOf } from '../../lib/export';
import { asAql, asCommand, asCurl, shellQuote } from '../../lib/shell';
import { columnsOf, read } from '../../lib/aql/reference';
import { stateOf } from '../../lib/job';
import { drawingOf } from './chart';

const value = (name: string) => ({ name, kind: 'Value' as const });
const time = (ms: number): string => `t${ms}`;

describe('files, as docs/output.md says', () => {
  test.each([
    [null, ''],
    ['', '""'],
    [-5, '-5'],
    [20615.5, '20615.5'],
    [true, 'true'],
    ['plain', 'plain'],
    ['a,b', '"a,b"'],
    ['say "hi"', '"say ""hi"""'],
    ['two\nlines', '"two\nlines"'],
    [' edge', '" edge"'],
    ['=1+1', "'=1+1"],
    ['=cmd|"/c calc"!A1', `"'=cmd|""/c calc""!A1"`],
    ['+1', "'+1"],
    ['-1+2', "'-1+2"],
    ['-5.25', '-5.25'],
    ['@SUM(A1)', "'@SUM(A1)"],
    ['＝1', "'＝1"],
    ['\tx', "'\tx"],
    ['\r\nx', `"'\r\nx"`],
    [{ base64: '+A==' }, '+A=='],
  ])('%j as %s', (cell, expected) => expect(csvCell(cell)).toBe(expected));

  test('lines end with CRLF; names of columns are texts from strangers, too', () => expect(csvLine(['a', '=b', 'c'])).toBe("a,'=b,c\r\n"));

  test('json is one array, an object a line, with keys that differ', () => {
    const json = formatOf('json');
    const text = json.begin([value('a'), value('a')]) + json.row([1, 'x'], true) + json.row([null, { base64: 'QQ==' }], false) + json.end();
    expect(JSON.parse(text)).toEqual([{ a: 1, 'a (2)': 'x' }, { a: null, 'a (2)': 'QQ==' }]);
    expect(text.split('\n')).toHaveLength(5);
    expect(keysOf([value('a'), value('b')])).toEqual(['a', 'b']);
  });
});

describe('the same search in other places', () => {
  const stretch = { from: 1_000, to: 61_000 };
  const text = "SELECT *\nFROM events\nWHERE username = 'o''neil'";
  test.each([
    [{ last: '90m' }, ' LAST 90 MINUTES'],
    [{ last: '2w' }, ' LAST 14 DAYS'],
    [{ last: 'today' }, ' START 1000 STOP 60999'],
    [stretch, ' START 1000 STOP 60999'],
  ])('as AQL over %j', (period, expected) => expect(asAql(text, period, stretch)).toBe(text + expected));

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
  expect(known.names.map((n) => [n.name, n.kind, n.of, n.written])).toEqual([
    ['eventid', 'field', 'both', 'eventid'],
    ['sourcebytes', 'field', 'flows', 'sourcebytes'],
    ['EventID', 'property', 'both', 'EventID'],
    ['URL Category', 'property', 'both', '"URL Category"'],
    ['COUNT', 'aggregate', 'both', 'COUNT(value)'],
  ]);
  expect(columnsOf(known, 'events').map((n) => n.name)).toEqual(['eventid', 'URL Category']);
});
