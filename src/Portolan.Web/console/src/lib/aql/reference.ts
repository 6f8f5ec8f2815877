// What a query can name, asked once: GET /api/portolan/aql.

import { json } from '../api';

export interface Name {
  readonly name: string;
  readonly kind: 'field' | 'property' | 'function' | 'aggregate';
  /** Which table has it. */
  readonly of: 'events' | 'flows' | 'both';
  /** The form to write. */
  readonly written: string;
  readonly type: string;
  readonly doc: string;
}

export interface Reference {
  readonly names: readonly Name[];
  readonly keywords: readonly string[];
}

let asked: Promise<Reference> | undefined;

export function reference(): Promise<Reference> {
  asked ??= json<Reference>('/api/portolan/aql').catch((e: unknown) => {
    // The next one asks again.
    asked = undefined;
    throw e;
  });
  return asked;
}
