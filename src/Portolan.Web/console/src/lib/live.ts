// The live stream: events as they arrive, as server-sent events. docs/protocols/live.md.

import { address, ApiFault, ask, type Cell } from './api';

export type LiveRow = Readonly<Record<string, Cell>>;

export interface Following {
  /** The stream begins, or begins again. */
  readonly open: () => void;
  readonly row: (row: LiveRow) => void;
  /** So many came that were not sent here. */
  readonly missed: (count: number) => void;
  /** The connection broke off and is being made again, from where it was. */
  readonly broke: () => void;
  /** The stream is refused: a condition that AQL does not know, nobody signed in. */
  readonly refused: (fault: unknown) => void;
}

/** Follows events that meet a condition (all without one) until the given function is called. */
export function follow(condition: string, columns: string, to: Following): () => void {
  const query = { condition: condition === '' ? null : condition, columns };
  const source = new EventSource(address('/api/portolan/live', query));
  const stop = new AbortController();
  let again: ReturnType<typeof setTimeout> | undefined;
  let next: (() => void) | undefined;
  source.addEventListener('open', () => to.open());
  source.addEventListener('row', (e) => to.row(JSON.parse((e as MessageEvent<string>).data) as LiveRow));
  source.addEventListener('missed', (e) => to.missed(Number((JSON.parse((e as MessageEvent<string>).data) as { count: number }).count)));
  // What was asked cannot be answered after all: to ask again would not help.
  source.addEventListener('fault', (e) => {
    source.close();
    to.refused(new ApiFault('Unanswerable', String((JSON.parse((e as MessageEvent<string>).data) as { what: string }).what)));
  });
  source.addEventListener('error', () => {
    if (stop.signal.aborted) return;
    if (source.readyState !== EventSource.CLOSED) {
      to.broke();
      return;
    }
    // The browser does not say why it was refused: the same question, asked by hand, does.
    const question = new AbortController();
    stop.signal.addEventListener('abort', () => question.abort());
    ask('/api/portolan/live', { query, signal: question.signal }).then(
      () => {
        question.abort();
        if (stop.signal.aborted) return;
        to.broke();
        again = setTimeout(() => (next = follow(condition, columns, to)), 1000);
      },
      (fault: unknown) => {
        if (!stop.signal.aborted) to.refused(fault);
      },
    );
  });
  return () => {
    stop.abort();
    clearTimeout(again);
    source.close();
    next?.();
  };
}
