// A search that outlives the request: it runs on the server, tells how far it is, and its rows are fetched by their place.

import { address, ApiFault, ask, json, result, stretchQuery, type Column, type Row, type Stretch } from './api';

/** How a search is, as QRadar's API says it. */
interface Told {
  readonly search_id: string;
  readonly status: 'WAIT' | 'EXECUTE' | 'SORTING' | 'COMPLETED' | 'CANCELED' | 'ERROR';
  readonly progress: number;
  readonly record_count: number;
  readonly error_messages: readonly { readonly message: string; readonly severity: string }[] | null;
}

export interface State {
  readonly status: 'waiting' | 'running' | 'done' | 'stopped' | 'failed';
  /** 0 to 100. */
  readonly progress: number;
  readonly rows: number;
  readonly notes: readonly string[];
  readonly isPartial: boolean;
}

/** What a search that still runs would answer if what it looked at were all. */
export interface Preview {
  /** Rises with each. */
  readonly number: number;
  /** How much was looked at, 0 to 99; null for who may not know. */
  readonly progress: number | null;
  /** How many rows that answer has; only the first are here. */
  readonly record_count: number;
  readonly columns: readonly Column[];
  readonly rows: Row[];
}

/** What was asked for and is not answered yet: searches that begin, and those that end. */
const unsettled = new Set<Promise<unknown>>();

async function kept<T>(answer: Promise<T>): Promise<T> {
  unsettled.add(answer);
  try {
    return await answer;
  } finally {
    unsettled.delete(answer);
  }
}

/** Waits until the server knows of every search that was given up. Who signs out before that leaves them to their expiry. */
export async function settled(): Promise<void> {
  while (unsettled.size > 0) {
    await Promise.allSettled(unsettled);
    // A search that was given up while it began is removed only now.
    await new Promise((then) => setTimeout(then));
  }
}

export class Job {
  private constructor(readonly id: string) {}

  static async start(aql: string, stretch: Stretch | null): Promise<Job> {
    return new Job((await kept(json<Told>('/api/portolan/searches', { body: aql, query: stretchQuery(stretch) }))).search_id);
  }

  get #path(): string {
    return `/api/ariel/searches/${encodeURIComponent(this.id)}`;
  }

  /** @param wait Seconds to wait for the end. */
  async state(wait: number, signal: AbortSignal): Promise<State> {
    return stateOf(await json<Told>(this.#path, { signal, ...(wait > 0 ? { headers: { Prefer: `wait=${wait}` } } : {}) }));
  }

  /** Rows from one place up to another, as far as they are there yet. A search that failed throws why. */
  async rows(from: number, to: number, signal: AbortSignal): Promise<{ columns: readonly Column[]; rows: Row[] }> {
    return result(`/api/portolan/searches/${encodeURIComponent(this.id)}/rows`, { query: { from, to }, signal });
  }

  /** Hands all its rows to the person as a file; the server forgets it then. */
  save(format: 'csv' | 'json'): void {
    const link = document.createElement('a');
    link.href = address(`/api/portolan/searches/${encodeURIComponent(this.id)}/file`, { format, forget: 'true' });
    link.download = '';
    link.click();
  }

  /** Newer than the one of that number; null when there is none. */
  async preview(after: number, signal: AbortSignal): Promise<Preview | null> {
    return (await json<Preview | undefined>(`/api/portolan/searches/${encodeURIComponent(this.id)}/preview`, { query: { after }, signal })) ?? null;
  }

  /** Ends it; its rows stay. */
  async cancel(): Promise<void> {
    await ask(this.#path, { method: 'POST', query: { status: 'CANCELED' }, anonymous: true }).catch(unlessThere);
  }

  /** Ends and forgets it. */
  async remove(): Promise<void> {
    await kept(ask(this.#path, { method: 'DELETE', keepAlive: true, anonymous: true })).catch(unlessThere);
  }
}

// It had ended or gone by itself, or nobody is there to ask: nothing is left to do.
const unlessThere = (e: unknown): void => {
  if (!(e instanceof ApiFault)) throw e;
};

export function stateOf(told: Told): State {
  const messages = told.error_messages ?? [];
  return {
    status: ({ WAIT: 'waiting', EXECUTE: 'running', SORTING: 'running', COMPLETED: 'done', CANCELED: 'stopped', ERROR: 'failed' } as const)[told.status],
    progress: told.progress,
    rows: told.record_count,
    notes: messages.map((m) => m.message),
    isPartial: messages.some((m) => m.severity !== 'INFO'),
  };
}
