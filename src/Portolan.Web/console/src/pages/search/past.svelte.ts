// What was searched in this browser, newest first.

import type { Period } from '../../lib/clock';
import { read, write } from '../../lib/stored.svelte';

export interface Past {
  readonly text: string;
  readonly period: Period;
  readonly at: number;
}

const most = 50;
let list = $state.raw<readonly Past[]>(read<readonly Past[]>('searches', []));

export const past = (): readonly Past[] => list;

export function remember(text: string, period: Period, at: number): void {
  list = [{ text, period, at }, ...list.filter((p) => p.text !== text)].slice(0, most);
  write('searches', list);
}

export function forget(): void {
  list = [];
  write('searches', list);
}
