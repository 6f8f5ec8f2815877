import { full } from './server';
import { sshd } from './person';

// Two hours of one host, newest event last: as many rows as the grid holds when all is run, fewer before a commit. Each line names its place, and no
// two have the same time.
export const size = full ? 100_000 : 20_000;
const span = 2 * 3_600_000;
export const users = ['ann', 'ben', 'cho', 'dee', 'eva'];

/** Of a user more lines than of the next one. */
const userOf = (n: number): string => users[[0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 3, 3, 4][(n * 7 + (n >> 5)) % 15]!]!;

export type Corpus = { from: number; to: number; lines: string[]; at: (n: number) => number };

/** @param now The corpus ends here, in milliseconds; cut to a whole minute. */
export function corpus(now: number): Corpus {
  const to = Math.floor(now / 60_000) * 60_000;
  const from = to - span;
  const at = (n: number): number => from + Math.floor((n * span) / size);
  return { from, to, at, lines: Array.from({ length: size }, (_, n) => sshd('harbour01', at(n), `Failed password for ${userOf(n)} from 192.0.2.${(n % 250) + 1} port ${1024 + n % 60_000} ssh2: line ${n}`)) };
}
