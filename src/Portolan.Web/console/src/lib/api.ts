// The server's own interface, /api/portolan/*: JSON, and results as newline-separated JSON (columns, rows, end or fault).

/** A refusal in words a person can act on: what happened, why, and what helps. */
export class ApiFault extends Error {
  constructor(
    /** `SignIn` and `Forbidden` are about who asks, `Unreachable` about the way there; the others are the server's. */
    readonly kind: 'Syntax' | 'Unanswerable' | 'Unavailable' | 'SignIn' | 'Forbidden' | 'TooMany' | 'Unreachable' | 'BrokeOff',
    readonly what: string,
    readonly why?: string,
    readonly tryThis?: string,
    readonly status = 0,
  ) {
    super(why ? `${what}: ${why}` : what);
  }
}

export interface Column {
  readonly name: string;
  readonly kind: 'Value' | 'Time';
}

export interface Bytes {
  readonly base64: string;
}

export type Cell = string | number | boolean | null | Bytes;
export type Row = readonly Cell[];

export const isBytes = (cell: unknown): cell is Bytes => typeof cell === 'object' && cell !== null && 'base64' in cell;

export interface End {
  readonly rows: number;
  /** Some of the answer is missing; notes say what. */
  readonly partial: boolean;
  readonly notes: readonly string[];
}

export interface Result {
  readonly columns: readonly Column[];
  readonly rows: Row[];
  readonly end: End;
}

/** Sent with everything that changes something; a session's sign-in gives it. */
let csrf = '';
export const setCsrf = (to: string): void => {
  csrf = to;
};

/** Told when the server no longer knows who asks. */
let onSignedOut: () => void = () => {};
export const whenSignedOut = (then: () => void): void => {
  onSignedOut = then;
};

export interface Ask {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly query?: Record<string, string | number | null | undefined>;
  /** A text as it is, anything else as JSON. */
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
  readonly signal?: AbortSignal | undefined;
  /** Also when the page is left meanwhile. */
  readonly keepAlive?: boolean;
  /** A 401 is an answer and no end of the session: the sign-in itself. */
  readonly anonymous?: boolean;
}

export const address = (path: string, query: Ask['query'] = {}): string => {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== null && value !== undefined) search.set(name, String(value));
  const text = search.toString();
  return text ? `${path}?${text}` : path;
};

/** Asks, and throws an ApiFault for every answer that is not a success. An aborted question throws an AbortError. */
export async function ask(path: string, how: Ask = {}): Promise<Response> {
  const method = how.method ?? (how.body === undefined ? 'GET' : 'POST');
  const isText = typeof how.body === 'string';
  let response;
  try {
    response = await fetch(address(path, how.query), {
      method,
      headers: {
        Accept: 'application/json',
        ...(how.body === undefined ? {} : { 'Content-Type': isText ? 'text/plain; charset=utf-8' : 'application/json' }),
        ...(method === 'GET' ? {} : { 'X-CSRF': csrf }),
        ...how.headers,
      },
      ...(how.body === undefined ? {} : { body: isText ? (how.body as string) : JSON.stringify(how.body) }),
      credentials: 'same-origin',
      cache: 'no-store',
      signal: how.signal ?? null,
      keepalive: how.keepAlive ?? false,
    });
  } catch (e) {
    if (how.signal?.aborted) throw e;
    throw new ApiFault('Unreachable', '');
  }
  if (response.ok) return response;
  throw await refusal(response, how);
}

async function refusal(response: Response, how: Ask): Promise<ApiFault> {
  const text = await response.text().catch(() => '');
  const told = faultIn(text);
  const kind =
    response.status === 401 ? 'SignIn'
    : response.status === 403 ? 'Forbidden'
    : response.status === 429 ? 'TooMany'
    : (told?.kind ?? 'Unavailable');
  if (kind === 'SignIn' && !how.anonymous) onSignedOut();
  return new ApiFault(kind, told?.what ?? `${response.status} ${response.statusText}`.trim(), told?.why, told?.tryThis, response.status);
}

interface FaultBody {
  readonly kind?: string;
  readonly what?: string;
  readonly why?: string;
  readonly try?: string;
}

function faultIn(text: string): { kind: 'Syntax' | 'Unanswerable' | 'Unavailable'; what: string; why?: string; tryThis?: string } | null {
  try {
    const body = JSON.parse(text.split('\n', 1)[0] ?? '') as { fault?: FaultBody; message?: string; description?: string };
    const { fault } = body;
    const what = fault?.what ?? body.message;
    if (!what) return null;
    const kind = fault?.kind === 'Syntax' || fault?.kind === 'Unanswerable' ? fault.kind : 'Unavailable';
    const why = fault?.why ?? body.description;
    return { kind, what, ...(why ? { why } : {}), ...(fault?.try ? { tryThis: fault.try } : {}) };
  } catch {
    return null;
  }
}

export async function json<T>(path: string, how: Ask = {}): Promise<T> {
  const response = await ask(path, how);
  const text = await response.text();
  return (text === '' ? undefined : JSON.parse(text)) as T;
}

export interface Reading {
  readonly columns?: (columns: readonly Column[]) => void;
  /** Rows as they come, many at once. False ends the reading: the question is given up. */
  readonly rows: (rows: Row[]) => boolean | void;
}

/** Reads a result as it comes. Gives its end; null when the reader had enough. A stream that breaks off is a fault. */
export async function stream(path: string, how: Ask, to: Reading): Promise<End | null> {
  const response = await ask(path, how);
  if (!response.body) throw new ApiFault('BrokeOff', '');
  const reader = response.body.getReader();
  try {
    return await lines(reader, to);
  } catch (e) {
    if (e instanceof ApiFault || how.signal?.aborted) throw e;
    throw new ApiFault('BrokeOff', '');
  } finally {
    void reader.cancel().catch(() => {});
  }
}

async function lines(reader: ReadableStreamDefaultReader<Uint8Array>, to: Reading): Promise<End | null> {
  const decoder = new TextDecoder();
  let open = '';
  while (true) {
    const { done, value } = await reader.read();
    open += done ? decoder.decode() : decoder.decode(value, { stream: true });
    const last = open.lastIndexOf('\n');
    if (last >= 0) {
      const rows: Row[] = [];
      let end: End | undefined;
      for (const line of open.slice(0, last).split('\n')) {
        if (line === '') continue;
        const said = JSON.parse(line) as Row | { columns?: Column[]; end?: End; fault?: FaultBody };
        if (Array.isArray(said)) {
          rows.push(said);
          continue;
        }
        const object = said as { columns?: Column[]; end?: End; fault?: FaultBody };
        if (object.columns) to.columns?.(object.columns);
        else if (object.end) end = object.end;
        else if (object.fault) {
          const told = faultIn(line);
          if (rows.length > 0) to.rows(rows);
          throw new ApiFault(told?.kind ?? 'Unavailable', told?.what ?? '', told?.why, told?.tryThis);
        }
      }
      open = open.slice(last + 1);
      if (rows.length > 0 && to.rows(rows) === false) return null;
      if (end) return end;
    }
    if (done) throw new ApiFault('BrokeOff', '');
  }
}

/** A whole result, for what is small. */
export async function result(path: string, how: Ask = {}): Promise<Result> {
  let columns: readonly Column[] = [];
  const rows: Row[] = [];
  const end = await stream(path, how, {
    columns: (c) => (columns = c),
    rows: (r) => {
      for (const row of r) rows.push(row);
    },
  });
  return { columns, rows, end: end ?? { rows: rows.length, partial: true, notes: [] } };
}

/** A stretch of time in epoch milliseconds: from the first wanted to the first not wanted. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
}

/** The query parameters of a search without a time clause of its own. */
export const stretchQuery = (stretch: Stretch | null): Record<string, number | null> =>
  stretch ? { from: Math.floor(stretch.from) * 1000, to: Math.floor(stretch.to) * 1000 } : {};

/** A small search. */
export const search = (aql: string, stretch: Stretch | null, signal?: AbortSignal): Promise<Result> =>
  result('/api/portolan/search', { body: aql, query: stretchQuery(stretch), signal });

/** Rows as objects by column name. */
export const objects = (r: Result): Record<string, Cell>[] =>
  r.rows.map((row) => Object.fromEntries(r.columns.map((c, i) => [c.name, row[i] ?? null])));
