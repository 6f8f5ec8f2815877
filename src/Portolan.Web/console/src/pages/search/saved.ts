// GET, POST, PUT and DELETE /api/portolan/saved-searches: one's own, and those that others share.

import { ask, json } from '../../lib/api';

export interface Saved {
  readonly id: number;
  readonly name: string;
  readonly description?: string | null;
  readonly owner: string;
  readonly mine: boolean;
  readonly shared: boolean;
  readonly aql: string;
}

export type Draft = Pick<Saved, 'name' | 'description' | 'shared' | 'aql'>;

const path = '/api/portolan/saved-searches';

export const all = async (signal?: AbortSignal): Promise<readonly Saved[]> => (await json<{ searches: Saved[] }>(path, { signal })).searches;
export const add = (draft: Draft): Promise<Saved> => json(path, { method: 'POST', body: draft });
export const change = (id: number, { name, description, shared, aql }: Draft): Promise<Saved> => json(`${path}/${id}`, { method: 'PUT', body: { name, description, shared, aql } });
export const remove = (id: number): Promise<unknown> => ask(`${path}/${id}`, { method: 'DELETE' });

/** One's own of that name, which saving under it replaces. */
export const named = (list: readonly Saved[], name: string): Saved | undefined => list.find((s) => s.mine && s.name === name.trim());

/** A name that none of one's own has: the wanted one, or it with a number. */
export function freeName(list: readonly Saved[], wanted: string): string {
  let name = wanted;
  for (let n = 2; named(list, name); n++) name = `${wanted} ${n}`;
  return name;
}

/** One's own, then what others share; each by name. */
export function parted(list: readonly Saved[]): { mine: readonly Saved[]; others: readonly Saved[] } {
  const sorted = [...list].sort((a, b) => a.name.localeCompare(b.name) || a.id - b.id);
  return { mine: sorted.filter((s) => s.mine), others: sorted.filter((s) => !s.mine) };
}
