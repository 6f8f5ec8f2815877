// An AQL text as clauses, and what a click changes in it. Every function gives a new text; what it does not understand it leaves as it was.

import { is, lex, nameOf, quote, unquote, words, type Token } from './lex';

export type Clause = 'select' | 'from' | 'where' | 'groupBy' | 'having' | 'orderBy' | 'limit' | 'time' | 'parameters';

export interface Span {
  /** Where the clause's keyword begins. */
  readonly from: number;
  /** Where what belongs to it begins. */
  readonly body: number;
  /** Behind its last token. */
  readonly to: number;
}

const order: Clause[] = ['select', 'from', 'where', 'groupBy', 'having', 'orderBy', 'limit', 'time', 'parameters'];

const aggregates = new Set('COUNT SUM MIN MAX AVG UNIQUECOUNT DISTINCTCOUNT STDEV STDEVP FIRST LAST'.split(' '));

/** Tokens with their depth: inside parentheses, or CASE and IF … END. */
function* deep(tokens: Token[]): Generator<{ token: Token; depth: number; index: number }> {
  let depth = 0;
  for (const [index, token] of tokens.entries()) {
    if (token.text === ')' || is(token, 'END')) depth = Math.max(0, depth - 1);
    yield { token, depth, index };
    if (token.text === '(' || is(token, 'CASE', 'IF')) depth++;
  }
}

/** The clauses that are there. */
export function clauses(text: string): Partial<Record<Clause, Span>> {
  const tokens = words(text);
  const found: { clause: Clause; from: number; body: number }[] = [];
  for (const { token, depth, index } of deep(tokens)) {
    if (depth !== 0 || token.kind !== 'word') continue;
    const next = tokens[index + 1];
    const start = (clause: Clause, last = token) => {
      if (!found.some((f) => f.clause === clause)) found.push({ clause, from: token.from, body: last.to });
    };
    if (is(token, 'SELECT')) start('select');
    else if (is(token, 'FROM')) start('from');
    else if (is(token, 'WHERE')) start('where');
    else if (is(token, 'HAVING')) start('having');
    else if (is(token, 'GROUP') && is(next, 'BY')) start('groupBy', next);
    else if (is(token, 'ORDER') && is(next, 'BY')) start('orderBy', next);
    else if (is(token, 'LIMIT') && next?.kind === 'number') start('limit');
    else if (is(token, 'LAST') && next?.kind === 'number') start('time');
    else if (is(token, 'START', 'STOP') && next !== undefined && (next.kind !== 'operator' && !is(next, 'AND', 'OR', 'IS', 'IN', 'FROM'))) start('time');
    else if (is(token, 'PARAMETERS')) start('parameters');
  }
  const spans: Partial<Record<Clause, Span>> = {};
  for (const [i, f] of found.entries()) {
    const end = found[i + 1]?.from ?? text.length;
    spans[f.clause] = { from: f.from, body: f.body, to: f.from + text.slice(f.from, end).trimEnd().length };
  }
  return spans;
}

export const bodyOf = (text: string, clause: Clause): string => {
  const span = clauses(text)[clause];
  return span ? text.slice(span.body, span.to).trim() : '';
};

const keyword: Record<Clause, string> = {
  select: 'SELECT',
  from: 'FROM',
  where: 'WHERE',
  groupBy: 'GROUP BY',
  having: 'HAVING',
  orderBy: 'ORDER BY',
  limit: 'LIMIT',
  time: '',
  parameters: 'PARAMETERS',
};

/** The text with a clause replaced, put in at its place, or (an empty body) taken out. */
export function withClause(text: string, clause: Clause, body: string): string {
  const spans = clauses(text);
  const span = spans[clause];
  const written = body === '' ? '' : `${keyword[clause]} ${body}`.trim();
  if (span) {
    if (written === '') return tidy(`${text.slice(0, span.from).trimEnd()} ${text.slice(span.to).trimStart()}`);
    return text.slice(0, span.from) + written + text.slice(span.to);
  }
  if (written === '') return text;
  const later = order.slice(order.indexOf(clause) + 1).flatMap((c) => spans[c]?.from ?? []);
  const at = later.length ? Math.min(...later) : text.length;
  const before = text.slice(0, at).trimEnd();
  // A text in lines stays in lines.
  const gap = /\n\s*(WHERE|GROUP|ORDER|FROM|LIMIT)\b/i.test(text) ? '\n' : ' ';
  return tidy(`${before}${gap}${written}${gap}${text.slice(at).trimStart()}`);
}

const tidy = (text: string): string => text.trim();

/** Cuts a list or a condition at a separator outside of parentheses. */
function split(text: string, separates: (token: Token) => boolean): string[] {
  const parts: string[] = [];
  let from = 0;
  let between = 0;
  for (const { token, depth } of deep(words(text))) {
    if (depth !== 0) continue;
    if (is(token, 'BETWEEN')) between++;
    else if (is(token, 'AND') && between > 0) between--;
    else if (separates(token)) {
      parts.push(text.slice(from, token.from).trim());
      from = token.to;
    }
  }
  parts.push(text.slice(from).trim());
  return parts.filter((p) => p !== '');
}

/** The conditions that WHERE joins by AND; one when OR stands between them. */
export function conditions(text: string): string[] {
  const where = bodyOf(text, 'where');
  if (where === '') return [];
  if (split(where, (t) => is(t, 'OR')).length > 1) return [where];
  return split(where, (t) => is(t, 'AND'));
}

const same = (a: string, b: string): boolean => plain(a) === plain(b);

const plain = (text: string): string =>
  words(text)
    .map((t) => (t.kind === 'word' ? t.text.toLowerCase() : t.text))
    .join(' ');

/** One condition more. What stands there already is not said twice. */
export function addCondition(text: string, condition: string): string {
  const now = conditions(text);
  if (now.some((c) => same(c, condition))) return text;
  const joined = [...now.map((c) => (split(c, (t) => is(t, 'OR')).length > 1 ? `(${c})` : c)), condition].join(' AND ');
  return withClause(text, 'where', joined);
}

export function removeCondition(text: string, condition: string): string {
  return withClause(text, 'where', conditions(text).filter((c) => !same(c, condition)).join(' AND '));
}

export interface Column {
  /** The expression as written. */
  readonly expression: string;
  /** What the result calls it, as far as it can be told here. */
  readonly alias: string | null;
  /** As written, alias and all. */
  readonly written: string;
}

/** The items of the select list. */
export function columns(text: string): Column[] {
  return split(bodyOf(text, 'select'), (t) => t.text === ',').map((written) => {
    const tokens = words(written);
    for (const { token, depth, index } of deep(tokens)) {
      const next = tokens[index + 1];
      if (depth === 0 && is(token, 'AS') && next && index > 0 && index + 2 === tokens.length) {
        return { expression: written.slice(0, token.from).trim(), alias: unquote(next), written };
      }
    }
    return { expression: written, alias: null, written };
  });
}

/** The expression behind a result column: what a filter on its value compares. */
export function expressionOf(text: string, column: string): string {
  const lower = column.toLowerCase();
  for (const c of columns(text)) {
    if (c.alias?.toLowerCase() === lower) return c.expression;
    const [only, ...more] = words(c.expression);
    if (only && more.length === 0 && unquote(only).toLowerCase() === lower) return only.kind === 'text' ? nameOf(unquote(only)) : c.expression;
    // lower-case function and argument words joined by _: qidname_qid
    if (c.alias === null && words(c.expression).filter((t) => t.kind === 'word').map((t) => t.text.toLowerCase()).join('_') === lower) return c.expression;
  }
  return nameOf(column);
}

export const hasColumn = (text: string, name: string): boolean =>
  columns(text).some((c) => {
    const [only, ...more] = words(c.expression);
    return only !== undefined && more.length === 0 && unquote(only).toLowerCase() === name.toLowerCase();
  });

/** The columns that `*` stands for, docs/aql.md. */
const star = {
  events:
    'starttime, protocolid, sourceip, logsourceid, qid, sourceport, eventcount, magnitude, identityip, destinationip, destinationport, category, username, eventid',
  flows:
    'starttime, firstpackettime, lastpackettime, flowtype, protocolid, sourceip, sourceport, destinationip, destinationport, sourcebytes, destinationbytes, sourcepackets, destinationpackets, qid, category, eventid',
};

/** The select list with `*` written out. */
const written = (text: string): string[] => columns(text).flatMap((c) => (c.written === '*' ? star[database(text)].split(', ') : [c.written]));

export function addColumn(text: string, expression: string): string {
  if (columns(text).some((c) => same(c.expression, expression))) return text;
  const list = written(text);
  // eventid names a row and closes the list when it is there.
  const at = list.at(-1)?.toLowerCase() === 'eventid' ? list.length - 1 : list.length;
  return withClause(text, 'select', [...list.slice(0, at), expression, ...list.slice(at)].join(', '));
}

export function removeColumn(text: string, column: string): string {
  const expression = expressionOf(text, column);
  const list = written(text).filter((w) => {
    const [item] = columns(`SELECT ${w}`);
    return item !== undefined && !same(item.expression, expression);
  });
  return list.length === 0 ? text : withClause(text, 'select', list.join(', '));
}

export function orderBy(text: string, column: string, direction: 'ASC' | 'DESC' | null): string {
  return withClause(text, 'orderBy', direction === null ? '' : `${nameOf(column)} ${direction}`);
}

/** The one column a text is ordered by. */
export function orderOf(text: string): { column: string; direction: 'ASC' | 'DESC' } | null {
  const [only, direction, ...more] = words(bodyOf(text, 'orderBy'));
  if (!only || more.length > 0) return null;
  return { column: unquote(only), direction: is(direction, 'DESC') ? 'DESC' : 'ASC' };
}

export const database = (text: string): 'events' | 'flows' => (bodyOf(text, 'from').toLowerCase().startsWith('flows') ? 'flows' : 'events');

/** Whether rows of the result are groups and not events. */
export function isGrouped(text: string): boolean {
  if (clauses(text).groupBy) return true;
  return columns(text).some((c) => isAggregate(c.expression));
}

export const defaultText =
  "SELECT starttime, LOGSOURCENAME(logsourceid) AS 'Log source', QIDNAME(qid) AS 'Event', sourceip, destinationip, destinationport, username, magnitude, eventid\nFROM events";

/**
 * What a person typed as a whole query: nothing is every event, a condition is a WHERE, and one word or a quoted text is looked for in the
 * payload.
 */
export function complete(text: string): string {
  const tokens = words(text);
  const [first, second] = tokens;
  if (!first) return defaultText;
  if (is(first, 'SELECT')) return text.trim();
  if (is(first, 'FROM', 'WHERE')) return `${defaultText.slice(0, is(first, 'FROM') ? defaultText.indexOf('\nFROM') : undefined)}\n${text.trim()}`;
  const isPhrase = second === undefined || tokens.every((t) => t.kind === 'word' && !is(t, 'AND', 'OR', 'NOT', 'IS', 'IN', 'LIKE', 'ILIKE', 'BETWEEN', 'MATCHES', 'IMATCHES'));
  if (isPhrase || looksLikeAddress(text.trim())) {
    const wanted = second === undefined ? unquote(first) : text.trim();
    return `${defaultText}\nWHERE UTF8(payload) ILIKE ${quote(`%${wanted.replaceAll(/[%_]/g, '_')}%`)}`;
  }
  return `${defaultText}\nWHERE ${text.trim()}`;
}

const looksLikeAddress = (text: string): boolean => /^(\d{1,3}(\.\d{1,3}){3}|[0-9a-fA-F:]*:[0-9a-fA-F:.]*:[0-9a-fA-F:.]*)$/.test(text);

export const withoutTime = (text: string): string => withClause(text, 'time', '');

export const withLimit = (text: string, rows: number): string => (clauses(text).limit ? text : withClause(text, 'limit', String(rows)));

const rest = (text: string): string => {
  const where = bodyOf(text, 'where');
  const time = clauses(text).time;
  return `FROM ${database(text)}${where ? ` WHERE ${where}` : ''}`.concat(time ? `\u0000${text.slice(time.from, time.to)}` : '');
};

/** Another question about the same rows: what is selected, and how it is grouped, ordered and cut. */
function about(text: string, select: string, tail: string): string {
  const [base = '', time] = rest(text).split('\u0000');
  return [`SELECT ${select}`, base, tail, time].filter(Boolean).join(' ');
}

/** How many rows there are in each step of time. */
export const histogramOf = (text: string, stepMs: number): string =>
  about(text, `starttime / ${stepMs} AS bucket, COUNT(*) AS rows`, `GROUP BY starttime / ${stepMs} ORDER BY bucket`);

export const topValuesOf = (text: string, expression: string, values: number): string =>
  about(text, `${expression} AS value, COUNT(*) AS rows`, `GROUP BY ${expression} ORDER BY rows DESC LIMIT ${values}`);

/** How many values each has that are not absent, and how many rows there are. Absent is NULL, 0 or 0.0.0.0, by the type. */
export const fillOf = (text: string, fields: readonly { written: string; type: string }[]): string =>
  about(
    text,
    ['COUNT(*) AS rows', ...fields.map((f, i) => `COUNT(CASE WHEN ${present(f.written, f.type)} THEN 1 END) AS f${i}`)].join(', '),
    '',
  );

function present(written: string, type: string): string {
  // The addresses as text that are worked out from the others say 0.0.0.0 as well.
  if (type === 'Host' || /^(source|destination)address$/i.test(written)) return `${written} <> '0.0.0.0'`;
  if (['Long', 'Double'].includes(type)) return `${written} <> 0`;
  if (type === 'MACAddress') return `${written} <> '00:00:00:00:00:00'`;
  if (type === 'Boolean') return `${written} = TRUE`;
  return `${written} IS NOT NULL`;
}

/** Whether an expression is about a group and not about a row: WHERE cannot ask for it. */
export function isAggregate(expression: string): boolean {
  const tokens = words(expression);
  return tokens.some((t, i) => t.kind === 'word' && aggregates.has(t.text.toUpperCase()) && tokens[i + 1]?.text === '(');
}

/** The events behind a grouped text, with its conditions and its time. */
export function eventsOf(text: string): string {
  const where = bodyOf(text, 'where');
  const time = clauses(text).time;
  const select = database(text) === 'events' ? defaultText : 'SELECT *\nFROM flows';
  return [select, where ? `WHERE ${where}` : '', time ? text.slice(time.from, time.to) : ''].filter(Boolean).join('\n');
}

/** A comparison of what a column shows with a value from it. */
export function equals(expression: string, value: unknown, negate = false): string {
  if (value === null || value === undefined) return `${expression} IS ${negate ? 'NOT ' : ''}NULL`;
  const literal = typeof value === 'number' || typeof value === 'boolean' ? String(value).toUpperCase() : quote(String(value));
  return `${expression} ${negate ? '<>' : '='} ${literal}`;
}

/** On one line, as a command line takes it. */
export const oneLine = (text: string): string =>
  lex(text)
    .map((t) => (t.kind === 'space' ? ' ' : t.text))
    .join('')
    .trim();
