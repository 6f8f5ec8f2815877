// Where the console shows things.

import { timeOf, withoutTime } from './aql/query';
import { periodQuery, type Period } from './clock';

const minute = 60_000;

/**
 * A search in the console. The text's own START and STOP move to the address, where they can be narrowed by hand and drawn over; both snap outward to whole minutes, as
 * AQL does.
 */
export function searchPath(aql: string, period: Period | null = null): string {
  const own = timeOf(aql);
  let time = period;
  let text = aql;
  if (own !== null && own !== 'other') {
    if ('last' in own) time = { last: `${own.last}${own.unit}` };
    else if (own.to !== null) time = { from: Math.floor(own.from / minute) * minute, to: Math.ceil(own.to / minute) * minute };
    if (time !== null && ('last' in own || own.to !== null)) text = withoutTime(aql);
  }
  const query = new URLSearchParams({ q: text });
  if (time) for (const [name, value] of Object.entries(periodQuery(time))) if (value !== null) query.set(name, value);
  return `/search?${query}`;
}

/** An event's permanent place; its starttime makes it quick to find. */
export const eventPath = (eventid: string, starttime?: number | null): string =>
  `/event/${encodeURIComponent(eventid)}${starttime ? `?at=${starttime}` : ''}`;
