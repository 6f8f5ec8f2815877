// All words of the console, in the language of the person. What devices say is never translated.

import en from '../words/en.json';
import { read, write } from './stored.svelte';

export type Word = keyof typeof en;
export type Language = 'en' | 'ja';

/** A word that has a form for one and one for other numbers. */
export type Counted = Word extends infer W ? (W extends `${infer Stem}.one` ? Stem : never) : never;

export const languages: readonly { id: Language; name: string }[] = [
  { id: 'en', name: 'English' },
  { id: 'ja', name: '日本語' },
];

const state = $state<{ language: Language; table: Record<string, string> }>({ language: 'en', table: en });

export const language = (): Language => state.language;

/** Before the first paint: the chosen language, else the browser's. */
export async function startWords(): Promise<void> {
  const chosen = read<Language | null>('language', null) ?? (navigator.language.startsWith('ja') ? 'ja' : 'en');
  await speak(chosen);
}

export async function speak(to: Language, keep = false): Promise<void> {
  state.table = to === 'ja' ? (await import('../words/ja.json')).default : en;
  state.language = to;
  document.documentElement.lang = to;
  if (keep) write('language', to);
}

export function t(word: Word, values?: Record<string, string | number>): string {
  return fill(state.table[word] ?? en[word], values);
}

/** The form of a word for a number; the number stands at {n}, grouped as the language does. */
export function counted(word: Counted, n: number, values?: Record<string, string | number>): string {
  const form = new Intl.PluralRules(state.language).select(n) === 'one' ? 'one' : 'other';
  return t(`${word}.${form}` as Word, { n: number(n), ...values });
}

const fill = (text: string, values?: Record<string, string | number>): string =>
  values ? text.replace(/\{(\w+)\}/g, (all, name: string) => (name in values ? String(values[name]) : all)) : text;

export const number = (n: number): string => new Intl.NumberFormat(state.language).format(n);

/** A large number shortly (12.3k), for where there is little room; the whole number belongs beside it, in a title or a table. */
export const shortNumber = (n: number): string =>
  new Intl.NumberFormat(state.language, { notation: 'compact', maximumFractionDigits: 1 }).format(n);
