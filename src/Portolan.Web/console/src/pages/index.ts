import type { Component } from 'svelte';
import type { IconName } from '../lib/ui/Icon.svelte';
import type { Word } from '../lib/words.svelte';

export interface Page {
  /** `:name` parts are given to the page as properties. */
  readonly path: string;
  readonly title: Word;
  readonly load: () => Promise<{ default: Component<Record<string, string>> }>;
  /** Stands in the navigation with this drawing. */
  readonly icon?: IconName;
}

const page = (path: string, title: Word, load: () => Promise<{ default: unknown }>, icon?: IconName): Page => ({
  path,
  title,
  load: load as Page['load'],
  ...(icon ? { icon } : {}),
});

/** Every page there is, in the order of the navigation. Each is a bundle of its own, loaded when it is first shown. */
export const pages: readonly Page[] = [
  page('/search', 'page.search', () => import('./search/SearchPage.svelte'), 'search'),
  page('/event/:eventid', 'event', () => import('./event/EventPage.svelte')),
  page('/sign-in', 'page.signIn', () => import('./sign-in/SignInPage.svelte')),
];

/** Where `/` leads. */
export const home = '/search';
