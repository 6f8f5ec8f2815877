// Where in a text one is writing, and so what can stand there.

import { is, lex, unquote, type Token } from './lex';

export type Place =
  /** A value of a name or of a function of one, after a comparison; `text` is what is written of it, in its quote. */
  | { readonly kind: 'value'; readonly expression: string; readonly from: number; readonly text: string; readonly isQuoted: boolean }
  /** A name, a function or a word of the language. */
  | { readonly kind: 'name'; readonly from: number; readonly text: string; readonly isQuoted: boolean }
  /** A table. */
  | { readonly kind: 'table'; readonly from: number; readonly text: string }
  | null;

const comparisons = ['=', '==', '!=', '<>', '<', '>', '<=', '>='];

export function placeAt(text: string, at: number): Place {
  const tokens = lex(text.slice(0, at));
  const last = tokens.at(-1);
  const isOpenText = last?.kind === 'text' && !closed(last.text, "'");
  const isOpenName = last?.kind === 'name' && !closed(last.text, '"');
  const isWord = last?.kind === 'word';
  if (last && (last.kind === 'number' || (last.kind === 'text' && !isOpenText) || (last.kind === 'name' && !isOpenName))) return null;

  const current = isWord || isOpenText || isOpenName ? last : undefined;
  const before = tokens.slice(0, current ? -1 : undefined).filter((t) => t.kind !== 'space');
  const expression = comparedBefore(text, before);
  if (expression !== null && !isOpenName)
    return { kind: 'value', expression, from: current?.from ?? at, text: current ? unquoteOpen(current) : '', isQuoted: isOpenText };
  if (isOpenText) return null;
  if (is(before.at(-1), 'FROM')) return { kind: 'table', from: current?.from ?? at, text: current?.text ?? '' };
  return { kind: 'name', from: current?.from ?? at, text: current ? unquoteOpen(current) : '', isQuoted: isOpenName };
}

const closed = (text: string, mark: string): boolean => text.length > 1 && text.endsWith(mark) && (text.slice(1, -1).split(mark).length - 1) % 2 === 0;

const unquoteOpen = (token: Token): string => (token.kind === 'word' ? token.text : unquote({ ...token, text: `${token.text}${token.text[0]}` }));

/** What is compared, when the tokens end with a comparison: `username =`, `QIDNAME(qid) IN ('a',`. */
function comparedBefore(text: string, tokens: readonly Token[]): string | null {
  let i = tokens.length - 1;
  // The list of IN: back to its parenthesis.
  if (tokens[i]?.text === ',' || (tokens[i]?.text === '(' && is(tokens[i - 1], 'IN'))) {
    while (i >= 0 && tokens[i]?.text !== '(') {
      const kind = tokens[i]?.kind;
      if (kind !== 'text' && kind !== 'number' && tokens[i]?.text !== ',') return null;
      i--;
    }
    if (!is(tokens[i - 1], 'IN')) return null;
    i -= 2;
    if (is(tokens[i], 'NOT')) i--;
  } else if (comparisons.includes(tokens[i]?.text ?? '') || is(tokens[i], 'LIKE', 'ILIKE', 'MATCHES', 'IMATCHES')) {
    i--;
    if (is(tokens[i], 'NOT')) i--;
  } else return null;

  const end = tokens[i];
  if (!end) return null;
  if (end.kind === 'word' || end.kind === 'name') return text.slice(end.from, end.to);
  if (end.text !== ')') return null;
  let depth = 0;
  for (let j = i; j >= 0; j--) {
    const token = tokens[j];
    if (token?.text === ')') depth++;
    if (token?.text === '(' && --depth === 0) {
      const call = tokens[j - 1];
      return call?.kind === 'word' ? text.slice(call.from, end.to) : null;
    }
  }
  return null;
}
