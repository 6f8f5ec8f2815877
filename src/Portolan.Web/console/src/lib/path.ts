/** Matches a path against a pattern such as `/address/:address`; gives the parts by name, decoded, or null. */
export function match(pattern: string, path: string): Record<string, string> | null {
  const wanted = pattern.split('/');
  const given = path.split('/');
  if (given.length > 1 && given.at(-1) === '') given.pop();
  if (wanted.length > 1 && wanted.at(-1) === '') wanted.pop();
  if (wanted.length !== given.length) return null;
  const parts: Record<string, string> = {};
  for (const [i, part] of wanted.entries()) {
    const value = given[i] ?? '';
    if (!part.startsWith(':')) {
      if (part !== value) return null;
      continue;
    }
    if (value === '') return null;
    try {
      parts[part.slice(1)] = decodeURIComponent(value);
    } catch {
      return null;
    }
  }
  return parts;
}
