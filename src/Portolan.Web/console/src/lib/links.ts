// Where the console shows things.

import { withoutTime } from './aql/query';
import { periodIn, timeOf } from './aql/time';
import { periodQuery, type Period } from './clock';

/** A search in the console. The text's own LAST, or START and STOP, moves to the address, where it can be narrowed by hand and drawn over to the millisecond. */
export function searchPath(aql: string, period: Period | null = null): string {
  const own = timeOf(aql);
  const isSaid = own !== null && own !== 'other' && ('last' in own || own.to !== null);
  const time = isSaid ? periodIn(own, 0) : period;
  const query = new URLSearchParams({ q: isSaid ? withoutTime(aql) : aql });
  if (time) for (const [name, value] of Object.entries(periodQuery(time))) if (value !== null) query.set(name, value);
  return `/search?${query}`;
}

/** An event's permanent place; its starttime makes it quick to find. */
export const eventPath = (eventid: string, starttime?: number | null): string =>
  `/event/${encodeURIComponent(eventid)}${starttime ? `?at=${starttime}` : ''}`;
