import { expect, test } from 'vitest';
import en from './en.json';
import ja from './ja.json';

const holes = (text: string): string[] => [...text.matchAll(/\{(\w+)\}/g)].map((m) => m[1] ?? '').sort();

test('both languages have the same words', () => {
  expect(Object.keys(ja)).toEqual(Object.keys(en));
});

test('words stand in alphabetical order, each with the same holes in both languages', () => {
  const keys = Object.keys(en);
  expect(keys).toEqual([...keys].sort());
  for (const key of keys as (keyof typeof en)[]) expect(holes(ja[key]), key).toEqual(holes(en[key]));
});

test('nothing is left to translate', () => {
  const same = (Object.keys(en) as (keyof typeof en)[]).filter((k) => en[k] === ja[k]);
  expect(same).toEqual(['time.custom']);
});

const sources = import.meta.glob('../**/*.{svelte,ts}', { query: '?raw', import: 'default', eager: true }) as Record<string, string>;

test('every word is used, and no page writes HTML from text', () => {
  const code = Object.entries(sources).filter(([path]) => !path.endsWith('.test.ts'));
  const all = code.map(([, text]) => text).join('\n');
  const unused = Object.keys(en).filter((key) => {
    const stem = key.replace(/\.(one|other)$/, '');
    if (all.includes(`'${key}'`) || all.includes(`'${stem}'`)) return false;
    // Put together from parts: `theme.${theme()}`.
    const dynamic = stem.slice(0, stem.lastIndexOf('.') + 1);
    return dynamic === '' || !all.includes(`\`${dynamic}\${`);
  });
  expect(unused).toEqual([]);
  for (const [path, text] of code) expect(/\{@html|innerHTML|insertAdjacentHTML|document\.write/.test(text), path).toBe(false);
});
