import { tick } from 'svelte';
import { ApiFault, ask, json, setCsrf, whenSignedOut } from './api';
import { settled } from './job';
import { here, go } from './router.svelte';
import { say } from './said.svelte';

export interface Person {
  readonly name: string;
  readonly role: 'Viewer' | 'Analyst' | 'Admin';
  readonly csrf: string;
  /** The condition that every row meets that this person sees; null: all rows. Such a one sees rows and nothing else. */
  readonly scope?: string | null;
  /** The password was given by another one, and must be replaced before anything else. */
  readonly mustSetPassword?: boolean;
}

/** undefined: not known yet; null: nobody. */
const state = $state<{ person: Person | null | undefined; expired: boolean; leaving: boolean }>({ person: undefined, expired: false, leaving: false });

export const person = (): Person | null | undefined => state.person;

/** Whether what only analysts and admins do stands there: to share, to add sources. The server says again who may. */
export const isAnalyst = (): boolean => state.person != null && state.person.role !== 'Viewer' && !state.person.scope;

/** Whether someone is signing out: pages are gone, and the session is not yet. */
export const isLeaving = (): boolean => state.leaving;

/** Whether someone was signed in and no longer is, without having signed out. */
export const hasExpired = (): boolean => state.expired;

const path = '/api/portolan/session';

function take(who: Person): void {
  // The role may come in any case.
  const role = (who.role[0]?.toUpperCase() + who.role.slice(1).toLowerCase()) as Person['role'];
  state.person = { ...who, role };
  state.expired = false;
  setCsrf(who.csrf);
}

/** Who the cookie says it is. Throws when the server cannot be asked. */
export async function startSession(): Promise<void> {
  whenSignedOut(() => {
    // Several answers may say so at once.
    if (state.person) state.expired = true;
    state.person = null;
    toSignIn();
  });
  try {
    take(await json<Person>(path, { anonymous: true }));
    if (state.person?.mustSetPassword) toSignIn();
  } catch (e) {
    if (!(e instanceof ApiFault) || e.kind !== 'SignIn') throw e;
    state.person = null;
    toSignIn();
  }
}

/** To the sign-in page, from where one comes back to here. */
function toSignIn(): void {
  const { pathname, search } = here();
  if (pathname === '/sign-in') return;
  const back = pathname + search;
  go(back === '/' ? '/sign-in' : `/sign-in?back=${encodeURIComponent(back)}`, { replace: true });
}

export async function signIn(name: string, password: string): Promise<void> {
  take(await json<Person>(path, { method: 'POST', body: { name, password }, anonymous: true }));
}

/** A new password for oneself; the session goes on. */
export async function setPassword(current: string, password: string): Promise<void> {
  take(await json<Person>('/api/portolan/password', { method: 'POST', body: { current, password } }));
}

/** Ends the session. Pages are left first: what they still have to say to the server needs it. The sign-in page means that it has ended. */
export async function signOut(failed: string): Promise<void> {
  state.leaving = true;
  await tick();
  await settled();
  try {
    await ask(path, { method: 'DELETE', keepAlive: true, anonymous: true });
  } catch (e) {
    if (!(e instanceof ApiFault) || e.kind !== 'SignIn') {
      say(failed);
      return;
    }
  } finally {
    state.leaving = false;
  }
  state.person = null;
  state.expired = false;
  go('/sign-in', { replace: true });
}

/** Only a path of this console: what a link's `back` says is not to be believed. */
export const backTo = (wanted: string | null): string =>
  wanted !== null && /^\/(?![/\\])/.test(wanted) && !wanted.startsWith('/sign-in') ? wanted : '/';
