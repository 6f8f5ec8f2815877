// Times as people read and write them, in a named zone. Inside they are epoch milliseconds.

const minute = 60_000;

const formats = new Map<string, Intl.DateTimeFormat>();
const offsets = new Map<string, number>();

/** Minutes east of UTC at a moment. */
export function offsetAt(ms: number, zone: string): number {
  if (zone === 'UTC') return 0;
  const quarter = Math.floor(ms / (15 * minute));
  const key = `${zone}|${quarter}`;
  let offset = offsets.get(key);
  if (offset === undefined) {
    if (offsets.size > 10_000) offsets.clear();
    offset = offsetBy(quarter * 15 * minute, zone);
    offsets.set(key, offset);
  }
  return offset;
}

function offsetBy(ms: number, zone: string): number {
  let format = formats.get(zone);
  if (!format) {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: zone, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric',
    });
    formats.set(zone, format);
  }
  const part: Record<string, number> = {};
  for (const p of format.formatToParts(ms)) if (p.type !== 'literal') part[p.type] = Number(p.value);
  const wall = Date.UTC(part.year ?? 0, (part.month ?? 1) - 1, part.day, part.hour, part.minute, part.second);
  return Math.round((wall - Math.floor(ms / 1000) * 1000) / minute);
}

/** Whether the browser knows a zone of that name: a server's may be one of its own. */
export function isZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en-US', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

const two = (n: number): string => String(n).padStart(2, '0');

/** `2026-11-21 18:52:15.123`, to the second or the minute when asked. */
export function showTime(ms: number, zone: string, to: 'ms' | 's' | 'min' | 'day' = 'ms'): string {
  const d = new Date(ms + offsetAt(ms, zone) * minute);
  if (Number.isNaN(d.getTime())) return String(ms);
  const iso = d.toISOString();
  if (to === 'day') return iso.slice(0, 10);
  const cut = { ms: 23, s: 19, min: 16 }[to];
  return iso.slice(0, cut).replace('T', ' ');
}

export function showOffset(ms: number, zone: string): string {
  const offset = offsetAt(ms, zone);
  const size = Math.abs(offset);
  return `${offset < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}

/** What `<input type="datetime-local">` holds. */
export const toInput = (ms: number, zone: string): string => showTime(ms, zone, 's').replace(' ', 'T');

/** A wall clock time of a zone as a moment; null when it is none. Of an hour that comes twice, the first. */
export function fromWall(text: string, zone: string): number | null {
  const match = /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,3}))?)?)?$/.exec(text.trim());
  if (!match) return null;
  const [, y, mo, d, h = '0', mi = '0', s = '0', f = '0'] = match;
  const wall = Date.UTC(Number(y), Number(mo) - 1, Number(d), Number(h), Number(mi), Number(s), Number(f.padEnd(3, '0')));
  // A day, hour or minute that there is none of moves the others.
  if (new Date(wall).toISOString().slice(0, 16) !== `${y}-${mo}-${d}T${h.padStart(2, '0')}:${mi.padStart(2, '0')}`) return null;
  const early = wall - offsetAt(wall - 24 * 60 * minute, zone) * minute;
  if (early + offsetAt(early, zone) * minute === wall) return early;
  return wall - offsetAt(early, zone) * minute;
}

const units: Record<string, number> = { s: 1000, m: minute, h: 60 * minute, d: 24 * 60 * minute, w: 7 * 24 * 60 * minute };

/** `15m`, `2h`, `7d` in milliseconds. */
export function span(text: string): number | null {
  const match = /^(\d{1,6})\s*([smhdw])$/.exec(text.trim());
  return match ? Number(match[1]) * (units[match[2] ?? ''] ?? 0) || null : null;
}

/** The time a page is about: a span back from now, or a stretch. */
export type Period = { readonly last: string } | { readonly from: number; readonly to: number };

export function periodOf(query: URLSearchParams, otherwise: Period): Period {
  const last = query.get('last');
  if (last !== null && (span(last) !== null || last === 'today' || last === 'yesterday')) return { last };
  const from = moment(query.get('from'));
  const to = moment(query.get('to'));
  return from !== null && to !== null && from < to ? { from, to } : otherwise;
}

function moment(text: string | null): number | null {
  if (text === null) return null;
  const ms = /^\d+$/.test(text) ? Number(text) : Date.parse(text);
  return Number.isFinite(ms) ? ms : null;
}

/** As the address bar holds it; moments in UTC, so that a shared link means the same everywhere. */
export const periodQuery = (period: Period): Record<'last' | 'from' | 'to', string | null> =>
  'last' in period
    ? { last: period.last, from: null, to: null }
    : { last: null, from: new Date(period.from).toISOString(), to: new Date(period.to).toISOString() };

/** The moments a period means now: from the first millisecond wanted to the first not wanted. */
export function resolve(period: Period, now: number, zone: string): { from: number; to: number } {
  if (!('last' in period)) return { from: period.from, to: period.to };
  if (period.last === 'today' || period.last === 'yesterday') {
    const today = fromWall(showTime(now, zone, 'day'), zone) ?? now;
    if (period.last === 'today') return { from: today, to: now };
    const before = fromWall(showTime(today - 12 * 60 * minute, zone, 'day'), zone) ?? today - units.d!;
    return { from: before, to: today };
  }
  return { from: now - (span(period.last) ?? 15 * minute), to: now };
}

const steps = [1, 2, 5, 10, 20, 50, 100, 200, 500].concat(
  [1, 2, 5, 10, 15, 30].map((s) => s * 1000),
  [1, 2, 5, 10, 15, 30].map((m) => m * minute),
  [1, 2, 3, 6, 12].map((h) => h * 60 * minute),
  [1, 2, 7, 14, 30, 90, 365].map((d) => d * 24 * 60 * minute),
);

/** A round step that cuts a stretch into at most so many; one that holds another step a whole number of times. */
export const stepFor = (length: number, most: number, of = 1): number => steps.find((s) => length / s <= most && s % of === 0) ?? steps.at(-1) ?? 1000;

/** How long ago, as a number and a unit for Intl.RelativeTimeFormat. */
export function ago(ms: number, now: number): { n: number; unit: 'second' | 'minute' | 'hour' | 'day' } {
  const s = Math.round((ms - now) / 1000);
  const size = Math.abs(s);
  if (size < 60) return { n: s, unit: 'second' };
  if (size < 3600) return { n: Math.trunc(s / 60), unit: 'minute' };
  if (size < 86_400) return { n: Math.trunc(s / 3600), unit: 'hour' };
  return { n: Math.trunc(s / 86_400), unit: 'day' };
}

/** A duration as people say it: 850 ms, 12.5 s, 3 min 20 s. */
export function showDuration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(ms < 10_000 ? 1 : 0)} s`;
  return `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1000)} s`;
}
