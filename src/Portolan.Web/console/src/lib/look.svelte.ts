import { read, write } from './stored.svelte';

export type Theme = 'system' | 'light' | 'dark';

const state = $state<{ theme: Theme }>({ theme: stored() });

// public/theme.js reads the same entry before the first paint: a plain text.
function stored(): Theme {
  try {
    const theme = localStorage.getItem('portolan.theme');
    return theme === 'light' || theme === 'dark' ? theme : 'system';
  } catch {
    return 'system';
  }
}

export const theme = (): Theme => state.theme;

export function setTheme(to: Theme): void {
  state.theme = to;
  if (to === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = to;
  try {
    localStorage.setItem('portolan.theme', to);
  } catch {
    // It lasts as long as the page.
  }
}

const rail = $state({ narrow: read('rail.narrow', false) });
export const railIsNarrow = (): boolean => rail.narrow;
export function toggleRail(): void {
  rail.narrow = !rail.narrow;
  write('rail.narrow', rail.narrow);
}
