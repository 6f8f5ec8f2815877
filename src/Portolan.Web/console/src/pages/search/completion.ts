import { pickedCompletion, type Completion, type CompletionContext, type CompletionResult } from '@codemirror/autocomplete';
import type { EditorView } from '@codemirror/view';
import { quote } from '../../lib/aql/lex';
import { placeAt } from '../../lib/aql/place';
import { database } from '../../lib/aql/query';
import { reference, type Name } from '../../lib/aql/reference';
import { shortNumber, t } from '../../lib/words.svelte';
import { visible } from '../../lib/visible';

export type Valued = (expression: string, signal: AbortSignal) => Promise<{ value: unknown; rows: number }[]>;

/** Fields, functions, words, tables; and the values there are behind a comparison. */
export const completions =
  (values: () => Valued) =>
  async (context: CompletionContext): Promise<CompletionResult | null> => {
    const text = context.state.doc.toString();
    const place = placeAt(text, context.pos);
    if (!place) return null;
    if (place.kind === 'table') return { from: place.from, options: [{ label: 'events' }, { label: 'flows' }], validFor: /^\w*$/ };
    if (place.kind === 'value') {
      const stop = new AbortController();
      context.addEventListener('abort', () => stop.abort(), { onDocChange: true });
      const found = await values()(place.expression, stop.signal).catch(() => []);
      const options = found.filter((v) => v.value !== null).map(({ value, rows }, i): Completion => ({
        label: visible(String(value)),
        detail: shortNumber(rows),
        boost: 99 - i,
        apply: whole(typeof value === 'string' ? quote(value) : String(value), place.isQuoted),
      }));
      return options.length ? { from: place.from + (place.isQuoted ? 1 : 0), options, filter: true } : null;
    }
    if (place.text === '' && !context.explicit && !place.isQuoted) return null;
    const known = await reference().catch(() => null);
    if (!known || context.aborted) return null;
    const table = database(text);
    const names = known.names.filter((n) => n.of === 'both' || n.of === table).map((n) => optionFor(n, place.isQuoted));
    const words = place.isQuoted ? [] : known.keywords.map((k): Completion => ({ label: k, detail: t('search.keyword'), boost: -20 }));
    return { from: place.from, options: [...names, ...words], validFor: place.isQuoted ? /^"[^"]*$/ : /^[\w"]*$/ };
  };

function optionFor(n: Name, isQuoted: boolean): Completion {
  const isCall = n.kind === 'function' || n.kind === 'aggregate';
  const doc = [isCall ? n.written : '', n.doc].filter(Boolean).join(' — ');
  return {
    label: isCall ? n.name : isQuoted ? `"${n.name}"` : n.written,
    detail: `${t(`search.kind.${n.kind}`)} · ${n.type}`,
    boost: n.kind === 'field' ? (n.doc ? 10 : 2) : n.kind === 'property' ? 1 : 0,
    ...(doc ? { info: doc } : {}),
    ...(isCall ? { apply: call } : {}),
  };
}

function call(view: EditorView, completion: Completion, from: number, to: number): void {
  const rest = view.state.sliceDoc(to, to + 1) === '(' ? '' : '()';
  view.dispatch({
    changes: { from, to, insert: completion.label + rest },
    selection: { anchor: from + completion.label.length + (rest ? 1 : 0) },
    annotations: pickedCompletion.of(completion),
  });
}

/** Puts a whole literal where a part of it, with or without its quotes, is written. */
const whole =
  (literal: string, isQuoted: boolean) =>
  (view: EditorView, completion: Completion, from: number, to: number): void => {
    const start = isQuoted ? from - 1 : from;
    const end = isQuoted && view.state.sliceDoc(to, to + 1) === "'" ? to + 1 : to;
    view.dispatch({ changes: { from: start, to: end, insert: literal }, selection: { anchor: start + literal.length }, annotations: pickedCompletion.of(completion) });
  };
