// The address bar is the state: what a page shows follows from its path and query, so that back, reload and a shared link mean the same.

const state = $state({ url: new URL(location.href) });

export const here = (): URL => state.url;

export function go(to: string, how: { replace?: boolean; keepScroll?: boolean } = {}): void {
  const url = new URL(to, state.url);
  if (url.origin !== location.origin) return;
  if (how.replace) history.replaceState(null, '', url);
  else if (url.href !== state.url.href) history.pushState(null, '', url);
  state.url = url;
  if (!how.keepScroll) scrollTo(0, 0);
}

/** The same page with other parameters; null takes one away. */
export function withQuery(changes: Record<string, string | null>): string {
  const url = new URL(state.url);
  for (const [name, value] of Object.entries(changes)) {
    if (value === null || value === '') url.searchParams.delete(name);
    else url.searchParams.set(name, value);
  }
  return url.pathname + url.search;
}

export function startRouter(): void {
  addEventListener('popstate', () => (state.url = new URL(location.href)));
  document.addEventListener('click', (e) => {
    if (e.defaultPrevented || e.button !== 0 || e.metaKey || e.ctrlKey || e.shiftKey || e.altKey) return;
    const link = e.composedPath().find((n): n is HTMLAnchorElement => n instanceof HTMLAnchorElement);
    if (!link || link.target || link.hasAttribute('download') || link.origin !== location.origin || link.pathname.startsWith('/api')) return;
    if (link.hash && link.pathname === location.pathname && link.search === location.search) return;
    e.preventDefault();
    go(link.pathname + link.search);
  });
}
