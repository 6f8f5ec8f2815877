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
  /** The server's time zone: what a time in a text without one is in. */
  readonly zone: string | null;
}

interface Answer {
  readonly fields?: readonly { name: string; type: string; tables: readonly string[]; doc: string }[];
  readonly functions?: readonly { name: string; signature: string; type: string; doc: string; aggregate: boolean }[];
  readonly properties?: readonly { name: string; written: string }[];
  readonly names?: readonly Name[];
  readonly keywords: readonly string[];
  readonly zone?: string;
}

let asked: Promise<Reference> | undefined;

export function reference(): Promise<Reference> {
  asked ??= json<Answer>('/api/portolan/aql').then(read, (e: unknown) => {
    // The next one asks again.
    asked = undefined;
    throw e;
  });
  return asked;
}

/** The answer as one list. */
export function read(answer: Answer): Reference {
  const names: Name[] = [
    ...(answer.names ?? []),
    ...(answer.fields ?? []).map((f): Name => ({
      name: f.name,
      kind: 'field',
      of: f.tables.length !== 1 ? 'both' : f.tables[0] === 'flows' ? 'flows' : 'events',
      written: f.name,
      type: f.type,
      doc: f.doc,
    })),
    ...(answer.properties ?? []).map((p): Name => ({ name: p.name, kind: 'property', of: 'both', written: p.written, type: 'String', doc: '' })),
    ...(answer.functions ?? []).map((f): Name => ({ name: f.name, kind: f.aggregate ? 'aggregate' : 'function', of: 'both', written: f.signature, type: f.type, doc: f.doc })),
  ];
  return { names, keywords: answer.keywords, zone: answer.zone ?? null };
}

/** The fields and properties that rows of a table can have. */
export function columnsOf(known: Reference, table: 'events' | 'flows'): Name[] {
  const fields = known.names.filter((n) => n.kind === 'field' && (n.of === 'both' || n.of === table));
  // Names are the same in any case, and a field hides a property of its name.
  const taken = new Set(fields.map((f) => f.name.toLowerCase()));
  return [...fields, ...known.names.filter((n) => n.kind === 'property' && !taken.has(n.name.toLowerCase()))];
}

/** Fields that are numbers of something with a name: what people read and filter by instead. */
export const namedBy: Readonly<Record<string, string>> = {
  qid: 'QIDNAME(qid)',
  category: 'CATEGORYNAME(category)',
  highlevelcategory: 'CATEGORYNAME(highlevelcategory)',
  logsourceid: 'LOGSOURCENAME(logsourceid)',
  devicetype: 'LOGSOURCETYPENAME(devicetype)',
  protocolid: 'PROTOCOLNAME(protocolid)',
};
