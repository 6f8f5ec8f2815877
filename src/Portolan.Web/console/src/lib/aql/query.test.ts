import { describe, expect, test } from 'vitest';
import { lex, nameOf, quote } from './lex';
import { placeAt } from './place';
import {
  addColumn, addCondition, clauses, columns, complete, conditions, defaultText, equals, eventsOf, expressionOf, fillOf, histogramOf, isAggregate, isGrouped, orderBy, orderOf,
  removeColumn, removeCondition, topValuesOf, withClause, withLimit,
} from './query';

const long =
  "SELECT sourceip, QIDNAME(qid) AS 'Event Name', COUNT(*) AS n FROM events WHERE INCIDR('10.0.0.0/8', sourceip) AND UTF8(payload) ILIKE '%failed password%' GROUP BY sourceip, qid HAVING n > 5 ORDER BY n DESC LIMIT 20 LAST 24 HOURS";

test('tokens give the text back, also of one that is not finished', () => {
  for (const text of [long, "a = 'it''s", '"open name', "x <> 0x1F AND y >= 1.5 -- '", '日本語 = \'値\'', 'a\t\n b', ''])
    expect(lex(text).map((t) => t.text).join('')).toBe(text);
});

test.each([
  ['select', "sourceip, QIDNAME(qid) AS 'Event Name', COUNT(*) AS n"],
  ['from', 'events'],
  ['where', "INCIDR('10.0.0.0/8', sourceip) AND UTF8(payload) ILIKE '%failed password%'"],
  ['groupBy', 'sourceip, qid'],
  ['having', 'n > 5'],
  ['orderBy', 'n DESC'],
  ['limit', '20'],
] as const)('the clause %s is %s', (clause, body) => {
  const span = clauses(long)[clause]!;
  expect(long.slice(span.body, span.to).trim()).toBe(body);
});

test('words of clauses inside of texts, names, calls and CASE are none', () => {
  const text = `SELECT LAST(username), CASE WHEN a = 'WHERE' THEN 1 ELSE 2 END AS "GROUP BY" FROM events WHERE "order" = 'LIMIT 5'`;
  expect(Object.keys(clauses(text))).toEqual(['select', 'from', 'where']);
  expect(columns(text).map((c) => c.alias)).toEqual([null, 'GROUP BY']);
});

describe('conditions', () => {
  test.each([
    ['SELECT * FROM events', "a = 'x'", "SELECT * FROM events WHERE a = 'x'"],
    ["SELECT * FROM events WHERE a = 'x'", 'b = 1', "SELECT * FROM events WHERE a = 'x' AND b = 1"],
    ["SELECT * FROM events WHERE a = 'x' OR c = 2", 'b = 1', "SELECT * FROM events WHERE (a = 'x' OR c = 2) AND b = 1"],
    ["SELECT * FROM events WHERE A = 'x' LIMIT 3", "a='x'", "SELECT * FROM events WHERE A = 'x' LIMIT 3"],
    ['SELECT a FROM events ORDER BY a LAST 5 MINUTES', 'b = 1', 'SELECT a FROM events WHERE b = 1 ORDER BY a LAST 5 MINUTES'],
    ['SELECT a\nFROM events\nORDER BY a', 'b = 1', 'SELECT a\nFROM events\nWHERE b = 1\nORDER BY a'],
  ])('%s and %s', (text, condition, expected) => expect(addCondition(text, condition)).toBe(expected));

  test('BETWEEN keeps its AND; each can be taken away', () => {
    const text = "SELECT * FROM events WHERE a BETWEEN 1 AND 5 AND b = 'AND' AND (c = 1 OR d = 2)";
    expect(conditions(text)).toEqual(['a BETWEEN 1 AND 5', "b = 'AND'", '(c = 1 OR d = 2)']);
    expect(removeCondition(text, "b = 'AND'")).toBe('SELECT * FROM events WHERE a BETWEEN 1 AND 5 AND (c = 1 OR d = 2)');
    expect(removeCondition('SELECT * FROM events WHERE a = 1 LAST 1 HOURS', 'a = 1')).toBe('SELECT * FROM events LAST 1 HOURS');
  });

  test.each([
    ['username', "o'neil", false, "username = 'o''neil'"],
    ['qid', 5, true, 'qid <> 5'],
    ['"a b"', null, false, '"a b" IS NULL'],
    ['username', null, true, 'username IS NOT NULL'],
    ['hasidentity', true, false, 'hasidentity = TRUE'],
    ['username', "' OR 1=1 --", false, "username = ''' OR 1=1 --'"],
  ] as const)('%s with %s', (expression, value, negate, expected) => expect(equals(expression, value, negate)).toBe(expected));
});

describe('columns', () => {
  test('one more, before eventid', () => expect(addColumn('SELECT a, eventid FROM events', 'b')).toBe('SELECT a, b, eventid FROM events'));
  test('one less, by what the result calls it', () => expect(removeColumn("SELECT a, QIDNAME(qid) AS 'Event' FROM events", 'Event')).toBe('SELECT a FROM events'));
  test('the last stays', () => expect(removeColumn('SELECT a FROM events', 'a')).toBe('SELECT a FROM events'));
  test('the star is written out', () => expect(removeColumn('SELECT * FROM events', 'qid')).toMatch(/^SELECT starttime, protocolid, sourceip, logsourceid, sourceport, .* eventid FROM events$/));
  test.each([
    ["SELECT QIDNAME(qid) AS 'Event' FROM events", 'Event', 'QIDNAME(qid)'],
    ['SELECT QIDNAME(qid) FROM events', 'qidname_qid', 'QIDNAME(qid)'],
    ['SELECT * FROM events', 'sourceip', 'sourceip'],
    ["SELECT 'URL Category' FROM events", 'URL Category', '"URL Category"'],
    ['SELECT * FROM events', 'Policy Name', '"Policy Name"'],
  ])('%s: %s is %s', (text, column, expected) => expect(expressionOf(text, column)).toBe(expected));
});

test('order', () => {
  expect(orderBy('SELECT a FROM events LIMIT 5', 'Log source', 'DESC')).toBe('SELECT a FROM events ORDER BY "Log source" DESC LIMIT 5');
  expect(orderOf('SELECT a FROM events ORDER BY "Log source" DESC')).toEqual({ column: 'Log source', direction: 'DESC' });
  expect(orderBy('SELECT a FROM events ORDER BY a LIMIT 5', 'a', null)).toBe('SELECT a FROM events LIMIT 5');
});

test('groups are told from events', () => {
  expect(isGrouped('SELECT username FROM events GROUP BY username')).toBe(true);
  expect(isGrouped('SELECT COUNT(*) FROM events')).toBe(true);
  expect(isGrouped("SELECT username AS 'COUNT(x)', count FROM events")).toBe(false);
});

test('the events behind a group', () => {
  expect(eventsOf("SELECT username, COUNT(*) AS n FROM events WHERE a = 1 GROUP BY username HAVING n > 5 LAST 1 HOURS")).toBe(`${defaultText}\nWHERE a = 1\nLAST 1 HOURS`);
  expect([isAggregate('COUNT(*)'), isAggregate('QIDNAME(qid)'), isAggregate("'COUNT(x)'")]).toEqual([true, false, false]);
});

test('what a person types becomes a whole query', () => {
  expect(complete('  ')).toBe(defaultText);
  expect(complete("username = 'alice'")).toBe(`${defaultText}\nWHERE username = 'alice'`);
  expect(complete("where username = 'alice'")).toBe(`${defaultText}\nwhere username = 'alice'`);
  expect(complete('failed password')).toBe(`${defaultText}\nWHERE UTF8(payload) ILIKE '%failed password%'`);
  expect(complete("'it''s 50%'")).toBe(`${defaultText}\nWHERE UTF8(payload) ILIKE '%it''s 50_%'`);
  expect(complete('192.0.2.7')).toBe(`${defaultText}\nWHERE UTF8(payload) ILIKE '%192.0.2.7%'`);
  expect(complete('2001:db8::7')).toBe(`${defaultText}\nWHERE UTF8(payload) ILIKE '%2001:db8::7%'`);
  expect(complete(' SELECT a FROM events ')).toBe('SELECT a FROM events');
});

test('questions about the same rows', () => {
  expect(histogramOf("SELECT a FROM events WHERE b = 'LIMIT 5' ORDER BY a LIMIT 5", 60_000)).toBe(
    "SELECT starttime / 60000 AS bucket, COUNT(*) AS rows FROM events WHERE b = 'LIMIT 5' GROUP BY starttime / 60000 ORDER BY bucket",
  );
  expect(topValuesOf('SELECT * FROM flows LAST 1 HOURS', 'QIDNAME(qid)', 10)).toBe(
    'SELECT QIDNAME(qid) AS value, COUNT(*) AS rows FROM flows GROUP BY QIDNAME(qid) ORDER BY rows DESC LIMIT 10 LAST 1 HOURS',
  );
  expect(fillOf('SELECT * FROM events', [{ written: 'sourceip', type: 'Host' }, { written: 'qid', type: 'Long' }, { written: 'username', type: 'String' }, { written: 'sourcemac', type: 'MACAddress' }, { written: 'sourceaddress', type: 'String' }])).toBe(
    "SELECT COUNT(*) AS rows, COUNT(CASE WHEN sourceip <> '0.0.0.0' THEN 1 END) AS f0, COUNT(CASE WHEN qid <> 0 THEN 1 END) AS f1, COUNT(CASE WHEN username IS NOT NULL THEN 1 END) AS f2, COUNT(CASE WHEN sourcemac <> '00:00:00:00:00:00' THEN 1 END) AS f3, COUNT(CASE WHEN sourceaddress <> '0.0.0.0' THEN 1 END) AS f4 FROM events",
  );
  expect(withLimit('SELECT * FROM events LAST 1 HOURS', 5)).toBe('SELECT * FROM events LIMIT 5 LAST 1 HOURS');
  expect(withLimit('SELECT * FROM events LIMIT 2', 5)).toBe('SELECT * FROM events LIMIT 2');
  expect(withClause('SELECT * FROM events', 'limit', '')).toBe('SELECT * FROM events');
});

test('names and texts in AQL', () => {
  expect([nameOf('username'), nameOf('Log source'), nameOf('a"b'), nameOf('order'), nameOf('9a')]).toEqual(['username', '"Log source"', '"a""b"', '"order"', '"9a"']);
  expect(quote("it's")).toBe("'it''s'");
});

// | is where the cursor stands.
test.each([
  ['SELECT user|', { kind: 'name', text: 'user' }],
  ['SELECT * FROM ev|', { kind: 'table', text: 'ev' }],
  ["… WHERE username = 'al|", { kind: 'value', expression: 'username', text: 'al', isQuoted: true }],
  ['… WHERE username = al|', { kind: 'value', expression: 'username', text: 'al', isQuoted: false }],
  ['… WHERE username = |', { kind: 'value', expression: 'username', text: '' }],
  ['… WHERE QIDNAME(qid) <> |', { kind: 'value', expression: 'QIDNAME(qid)' }],
  ["… WHERE CONCAT(a, (b)) IN ('x', 'y|", { kind: 'value', expression: 'CONCAT(a, (b))', text: 'y', isQuoted: true }],
  ['… WHERE "URL Category" NOT IN (|', { kind: 'value', expression: '"URL Category"' }],
  ["… WHERE a NOT LIKE '%x|", { kind: 'value', expression: 'a', text: '%x' }],
  ["… WHERE username = 'alice'|", null],
  ["… WHERE username = 'o''ne|", { kind: 'value', text: "o'ne" }],
  ['… WHERE "URL Ca|', { kind: 'name', text: 'URL Ca', isQuoted: true }],
  ['… LIMIT 10|', null],
  ['… WHERE COUNT(|', { kind: 'name', text: '' }],
  ["… WHERE INCIDR('10|", null],
] as const)('at %s', (text, expected) => {
  const place = placeAt(text.replace('|', ''), text.indexOf('|'));
  if (expected === null) expect(place).toBe(null);
  else expect(place).toMatchObject(expected);
});
