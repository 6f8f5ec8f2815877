// Keys that work wherever one does not write. A page says its own with useKeys; `?` lists all that work now.

import { untrack } from 'svelte';
import type { Word } from './words.svelte';

export interface Key {
  /** As KeyboardEvent.key has it. */
  readonly key: string;
  readonly word: Word;
  /** Null: what has the focus does it; here it is only listed. */
  readonly run: (() => void) | null;
}

let known = $state.raw<readonly Key[]>([]);

export const keys = (): readonly Key[] => known;

/** Puts keys in force as long as a component lives. */
export function useKeys(given: readonly Key[]): void {
  $effect(() => {
    known = [...untrack(keys), ...given];
    return () => {
      known = untrack(keys).filter((k) => !given.includes(k));
    };
  });
}

/** Whether a person is writing: then letters are letters. */
export function isWriting(e: KeyboardEvent): boolean {
  const target = e.composedPath()[0];
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(target.tagName);
}

/** Whether Enter (or any key) belongs to an input method that composes a word. Safari says it by the code. */
export const isComposing = (e: KeyboardEvent): boolean => e.isComposing || e.keyCode === 229;

export function onKey(e: KeyboardEvent): void {
  if (e.defaultPrevented || isComposing(e) || e.ctrlKey || e.metaKey || e.altKey) return;
  // On a button or a link Enter is its own.
  if (e.key === 'Enter' && e.target instanceof Element && e.target.closest('button, a, summary, [role^=menuitem]')) return;
  if (isWriting(e) || document.querySelector('dialog[open]')) return;
  // The page that came last wins.
  const key = [...known].reverse().find((k) => k.key === e.key && k.run !== null);
  if (!key) return;
  e.preventDefault();
  key.run?.();
}
