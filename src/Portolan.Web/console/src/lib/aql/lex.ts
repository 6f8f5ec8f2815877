// The tokens of AQL, as docs/aql.md describes them. A text that is not finished (an open quote) still has tokens: people are typing.

export type TokenKind = 'word' | 'number' | 'text' | 'name' | 'operator' | 'space';

export interface Token {
  readonly kind: TokenKind;
  readonly from: number;
  readonly to: number;
  /** As written. */
  readonly text: string;
}

const pattern =
  /(?<space>\s+)|(?<number>0[xX][0-9a-fA-F]+|\d+(?:\.\d+)?)|(?<word>[\p{L}_][\p{L}\p{N}_]*)|(?<text>'(?:[^']|'')*'?)|(?<name>"(?:[^"]|"")*"?)|(?<operator><=|>=|<>|!=|==|<<|>>|[\s\S])/uy;

export function lex(text: string): Token[] {
  const tokens: Token[] = [];
  pattern.lastIndex = 0;
  for (let match; pattern.lastIndex < text.length && (match = pattern.exec(text)); ) {
    const groups = match.groups ?? {};
    const kind = (Object.keys(groups) as TokenKind[]).find((name) => groups[name] !== undefined) ?? 'operator';
    tokens.push({ kind, from: match.index, to: match.index + match[0].length, text: match[0] });
  }
  return tokens;
}

/** Tokens that mean something. */
export const words = (text: string): Token[] => lex(text).filter((t) => t.kind !== 'space');

export const is = (token: Token | undefined, ...any: string[]): boolean =>
  token?.kind === 'word' && any.includes(token.text.toUpperCase());

/** What a quoted token says; others as they are. */
export const unquote = (token: Token): string =>
  token.kind === 'text'
    ? token.text.slice(1, -1).replaceAll("''", "'")
    : token.kind === 'name'
      ? token.text.slice(1, -1).replaceAll('""', '"')
      : token.text;

/** A text as an AQL literal. */
export const quote = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** A field, property or column as AQL writes it: in double quotes when it is not a plain word, or is a word of the language. */
export const nameOf = (name: string): string =>
  /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) && !reserved.has(name.toUpperCase()) ? name : `"${name.replaceAll('"', '""')}"`;

export const reserved = new Set(
  'SELECT AS FROM INTO WHERE AND OR NOT IN BETWEEN LIKE ILIKE MATCHES IMATCHES IS NULL TRUE FALSE CASE WHEN THEN ELSE END IF GROUP BY HAVING ORDER ASC DESC LIMIT LAST START STOP PARAMETERS'.split(
    ' ',
  ),
);
