// The time zone in force: the browser's, UTC or a named one. It stands beside every time picker.

import { ago, showOffset, showTime } from './clock';
import { read, write } from './stored.svelte';
import { language } from './words.svelte';

const browser = Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';

const state = $state<{ chosen: string | null }>({ chosen: known(read<string | null>('zone', null)) });

function known(zone: string | null): string | null {
  try {
    return zone !== null && new Intl.DateTimeFormat('en', { timeZone: zone }) ? zone : null;
  } catch {
    return null;
  }
}

/** The zone's name. */
export const zone = (): string => state.chosen ?? browser;
export const isBrowserZone = (): boolean => state.chosen === null;
export const browserZone = browser;

export function setZone(to: string | null): void {
  state.chosen = known(to);
  write('zone', state.chosen);
}

export const zones = (): string[] => ['UTC', ...Intl.supportedValuesOf('timeZone').filter((z) => z !== 'UTC')];

/** A time in the zone in force. */
export const shown = (ms: number, to?: 'ms' | 's' | 'min' | 'day'): string => showTime(ms, zone(), to);

/** The same with its offset, for titles and copies. */
export const shownWithOffset = (ms: number): string => `${shown(ms)} ${showOffset(ms, zone())}`;

export function shownAgo(ms: number, now: number): string {
  const { n, unit } = ago(ms, now);
  return new Intl.RelativeTimeFormat(language(), { numeric: 'auto', style: 'short' }).format(n, unit);
}
