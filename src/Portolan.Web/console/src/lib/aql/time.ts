// The time clause of an AQL text: what it says, and the text with another time in it. A text that says its time is the one truth: the time picker shows what it says
// and writes into it. Without one the time stands in the address.

import { fromWall, span, type Period } from '../clock';
import { addCondition, clauses, withClause, withoutTime } from './query';
import { is, unquote, words, type Token } from './lex';

const minute = 60_000;

/** LAST, or START and STOP in epoch milliseconds (to: null is now); `other` is a time that cannot be told here. */
export type TimeClause = { readonly last: string } | { readonly from: number; readonly to: number | null } | null | 'other';

/** @param zone The server's: what a time without one is in. Unknown, such a time is `other`. */
export function timeOf(text: string, now = Date.now(), zone: string | null = null): TimeClause {
  const clause = clauses(text).time;
  if (!clause) return null;
  const tokens = words(text.slice(clause.from, clause.to));
  const [first, value, unit] = tokens;
  if (is(first, 'LAST') && value?.kind === 'number' && tokens.length === 3) {
    const letter = unit?.text[0]?.toLowerCase() ?? '';
    if (span(`${Number(value.text)}${letter}`) !== null && letter !== 'w') return { last: `${Number(value.text)}${letter}` };
  }
  if (!is(first, 'START')) return 'other';
  const [from, behind] = momentAt(tokens, 1, now, zone);
  if (from === null) return 'other';
  // Both snap outward to whole minutes, docs/aql.md.
  if (behind === tokens.length) return { from: floor(from), to: null };
  const [to, end] = is(tokens[behind], 'STOP') ? momentAt(tokens, behind + 1, now, zone) : [null, 0];
  return to === null || end !== tokens.length || to < from ? 'other' : { from: floor(from), to: Math.max(ceil(to), floor(from) + minute) };
}

const floor = (ms: number): number => Math.floor(ms / minute) * minute;
const ceil = (ms: number): number => Math.ceil(ms / minute) * minute;

/** The moment that stands at a token, and the first token behind it. */
function momentAt(tokens: readonly Token[], at: number, now: number, zone: string | null): [number | null, number] {
  const token = tokens[at];
  if (token?.kind === 'number') return [Number(token.text), at + 1];
  if (token?.kind === 'text') return [written(unquote(token), zone), at + 1];
  if (is(token, 'PARSEDATETIME') && tokens[at + 1]?.text === '(' && tokens[at + 2]?.kind === 'text' && tokens[at + 3]?.text === ')') {
    const text = unquote(tokens[at + 2]!).trim();
    return [ago(text, now) ?? written(text, zone), at + 4];
  }
  return [null, at];
}

// Months and years are of different lengths: the server tells them.
function ago(text: string, now: number): number | null {
  if (/^now$/i.test(text)) return now;
  const match = /^(\d{1,6}) *(?:(s)(?:ec(?:ond)?s?)?|(m)in?(?:ute)?s?|(h)(?:ours?)?|(d)(?:ays?)?|(w)(?:eeks?)?) +ago$/i.exec(text);
  const unit = match?.slice(2).find((u) => u !== undefined)?.toLowerCase();
  const back = match && unit ? span(`${match[1]}${unit}`) : null;
  return back === null ? null : now - back;
}

function written(text: string, zone: string | null): number | null {
  if (/^\d+$/.test(text)) return Number(text);
  const match = /^(\d{4})[-/:](\d{1,2})[-/:](\d{1,2})[-T ](\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d{1,6})?)? *([Zz])?$/.exec(text.trim());
  const of = match?.[7] ? 'UTC' : zone;
  if (!match || of === null) return null;
  const two = (part: string | undefined): string => (part ?? '0').padStart(2, '0');
  return fromWall(`${match[1]}-${two(match[2])}-${two(match[3])} ${two(match[4])}:${two(match[5])}:${two(match[6])}`, of);
}

/** What a clause says, as a period. */
export const periodIn = (clause: TimeClause, now: number): Period | null =>
  clause === null || clause === 'other' ? null : 'last' in clause ? clause : { from: clause.from, to: clause.to ?? now };

const units: Record<string, string> = { s: 'SECONDS', m: 'MINUTES', h: 'HOURS', d: 'DAYS' };

/** A period as a time clause; null where no clause says it to the millisecond. */
export function clauseOf(period: Period): string | null {
  if ('last' in period) {
    const match = /^(\d+)([smhdw])$/.exec(period.last);
    return match ? (match[2] === 'w' ? `LAST ${Number(match[1]) * 7} DAYS` : `LAST ${match[1]} ${units[match[2] ?? 'm']}`) : null;
  }
  const isWhole = period.from % minute === 0 && period.to % minute === 0;
  return isWhole ? startStop(period) : null;
}

const utc = (ms: number): string => `'${new Date(ms).toISOString().slice(0, 16).replace('T', ' ')} Z'`;
const startStop = ({ from, to }: { from: number; to: number }): string => `START ${utc(floor(from))} STOP ${utc(ceil(to))}`;

/**
 * A text that says its time, with another one chosen. A stretch goes to the whole minutes around it, as START and STOP do. What no clause says (today, less than a minute)
 * leaves the text, and the address says it.
 */
export function withTime(text: string, period: Period): { text: string; period: Period | null } {
  const now = timeOf(text);
  const wider = 'last' in period ? period : { from: floor(period.from), to: ceil(period.to) };
  const same = now !== null && now !== 'other' && 'from' in now && 'from' in wider && now.from >= wider.from && now.to !== null && now.to <= wider.to;
  const clause = same && now ? clauseOf(period) : clauseOf(wider);
  return clause === null ? { text: withoutTime(text), period } : { text: withClause(text, 'time', clause), period: null };
}

/** The text with its time in it: exactly the rows of a stretch. */
export function fixed(text: string, period: Period, stretch: { from: number; to: number }): string {
  const clause = clauseOf(period) ?? clauseOf(stretch);
  if (clause !== null) return withClause(text, 'time', clause);
  const within = addCondition(addCondition(text, `starttime >= ${stretch.from}`), `starttime < ${stretch.to}`);
  return withClause(within, 'time', startStop(stretch));
}
