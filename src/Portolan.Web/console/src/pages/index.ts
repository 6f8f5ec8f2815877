import type { Component } from 'svelte';
import type { Person } from '../lib/session.svelte';
import type { IconName } from '../lib/ui/Icon.svelte';
import type { Word } from '../lib/words.svelte';

type Needs = 'all' | 'Admin';

export interface Page {
  /** `:name` parts are given to the page as properties. */
  readonly path: string;
  readonly title: Word;
  readonly load: () => Promise<{ default: Component<Record<string, string>> }>;
  /** Stands in the navigation with this drawing. */
  readonly icon?: IconName;
  /** Stands there only for who sees all rows, or for administrators; the server says again who may. */
  readonly needs?: Needs;
}

const page = (path: string, title: Word, load: () => Promise<{ default: unknown }>, icon?: IconName, needs?: Needs): Page => ({
  path,
  title,
  load: load as Page['load'],
  ...(icon ? { icon } : {}),
  ...(needs ? { needs } : {}),
});

/** Every page there is, in the order of the navigation. Each is a bundle of its own, loaded when it is first shown. */
export const pages: readonly Page[] = [
  page('/overview', 'page.overview', () => import('./overview/OverviewPage.svelte'), 'overview', 'all'),
  page('/search', 'page.search', () => import('./search/SearchPage.svelte'), 'search'),
  page('/tail', 'page.tail', () => import('./tail/TailPage.svelte'), 'tail'),
  page('/dashboards', 'page.dashboards', () => import('./dashboards/DashboardsPage.svelte'), 'dashboard'),
  page('/dashboards/:id', 'page.dashboards', () => import('./dashboards/DashboardPage.svelte')),
  page('/sources', 'page.sources', () => import('./sources/SourcesPage.svelte'), 'sources', 'all'),
  page('/sources/add', 'sources.add', () => import('./sources/AddPage.svelte')),
  page('/sources/:id', 'sources.name', () => import('./sources/SourcePage.svelte')),
  page('/ledger', 'page.ledger', () => import('./ledger/LedgerPage.svelte'), 'ledger', 'all'),
  page('/people', 'page.people', () => import('./people/PeoplePage.svelte'), 'person', 'Admin'),
  page('/address/:address', 'entity.address', () => import('./entity/EntityPage.svelte')),
  page('/user/:user', 'entity.user', () => import('./entity/EntityPage.svelte')),
  page('/host/:host', 'entity.host', () => import('./entity/EntityPage.svelte')),
  page('/event/:eventid', 'event', () => import('./event/EventPage.svelte')),
  page('/sign-in', 'page.signIn', () => import('./sign-in/SignInPage.svelte')),
];

/** What stands in the navigation for a person. */
export const offered = (person: Person | null | undefined): readonly Page[] =>
  pages.filter((p) => p.icon && (!p.needs || (!person?.scope && (p.needs === 'all' || person?.role === 'Admin'))));

/** Where `/` leads: the first of them. */
export const home = (person: Person | null | undefined): string => offered(person)[0]?.path ?? '/search';
