// Log text comes from strangers. What would not be seen, or would change how other text is seen, is written out, as docs/output.md says.

// Controls (but the space), what joins, hides or turns text, what ends lines, the byte order mark, tags, and halves of surrogate pairs.
const unseen =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|[\u{e0000}-\u{e007f}]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/gu;

const short: Record<string, string> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

const escape = (c: string): string => {
  const code = c.codePointAt(0) ?? 0;
  return short[c] ?? (code <= 0xff ? `\\x${code.toString(16).padStart(2, '0')}` : code <= 0xffff ? `\\u${code.toString(16).padStart(4, '0')}` : `\\u{${code.toString(16)}}`);
};

/** The text with what cannot be seen written out. */
export const visible = (text: string): string => text.replace(unseen, escape);

export interface Piece {
  readonly text: string;
  /** Written out, and not in the text as such. */
  readonly escaped: boolean;
}

/** The same in pieces, so that what is written out can look different. */
export function pieces(text: string): Piece[] {
  const found: Piece[] = [];
  let at = 0;
  for (const match of text.matchAll(unseen)) {
    if (match.index > at) found.push({ text: text.slice(at, match.index), escaped: false });
    found.push({ text: escape(match[0]), escaped: true });
    at = match.index + match[0].length;
  }
  if (at < text.length) found.push({ text: text.slice(at), escaped: false });
  return found;
}

/** Bytes sixteen to a line: offset, hexadecimal, text. */
export function hexLines(bytes: Uint8Array): { offset: string; hex: string; text: string }[] {
  const lines = [];
  for (let i = 0; i < bytes.length; i += 16) {
    const part = bytes.subarray(i, i + 16);
    lines.push({
      offset: i.toString(16).padStart(6, '0'),
      hex: Array.from(part, (b, n) => b.toString(16).padStart(2, '0') + (n === 7 ? ' ' : '')).join(' '),
      text: Array.from(part, (b) => (b >= 0x20 && b < 0x7f ? String.fromCharCode(b) : '·')).join(''),
    });
  }
  return lines;
}

export function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
}
