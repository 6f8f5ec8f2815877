// Users and tokens: GET and POST /api/portolan/users, …/tokens. For admins.

import { objects, result } from '../../lib/api';

export const roles = ['viewer', 'analyst', 'admin'] as const;
export type RoleWord = (typeof roles)[number];

export interface User {
  readonly name: string;
  readonly role: RoleWord;
  readonly enabled: boolean;
  /** An AQL condition that every event it sees meets; empty: all. */
  readonly scope: string;
  readonly mustSetPassword: boolean;
  readonly created: number | null;
  readonly signedIn: number | null;
}

export interface Token {
  readonly name: string;
  readonly role: RoleWord;
  readonly scope: string;
  readonly created: number | null;
  readonly createdBy: string;
  readonly expires: number | null;
  readonly used: number | null;
}

const word = (text: unknown): RoleWord => roles.find((r) => r === String(text).toLowerCase()) ?? 'viewer';
const time = (ms: unknown): number | null => (typeof ms === 'number' && ms > 0 ? ms : null);

export async function users(signal?: AbortSignal): Promise<User[]> {
  return objects(await result('/api/portolan/users', { signal })).map((r) => ({
    name: String(r.name), role: word(r.role), enabled: r.enabled === true, scope: String(r.scope ?? ''), mustSetPassword: r.mustsetpassword === true, created: time(r.created), signedIn: time(r.signedin),
  }));
}

export async function tokens(signal?: AbortSignal): Promise<Token[]> {
  return objects(await result('/api/portolan/tokens', { signal })).map((r) => ({
    name: String(r.name), role: word(r.role), scope: String(r.scope ?? ''), created: time(r.created), createdBy: String(r.createdby ?? ''), expires: time(r.expires), used: time(r.used),
  }));
}

export interface UserForm {
  readonly name: string;
  readonly role: RoleWord;
  readonly scope: string;
  readonly password: string;
  readonly enabled: boolean;
  readonly mustSetPassword: boolean;
}

export const addUser = (u: UserForm): Promise<unknown> => result('/api/portolan/users', { method: 'POST', body: { ...u } });

/** An empty password leaves it as it is. */
export const changeUser = ({ name, password, mustSetPassword, ...u }: UserForm): Promise<unknown> =>
  result(`/api/portolan/users/${encodeURIComponent(name)}`, { method: 'POST', body: { ...u, ...(password === '' ? {} : { password, mustSetPassword }) } });

export const removeUser = (name: string): Promise<unknown> => result(`/api/portolan/users/${encodeURIComponent(name)}`, { method: 'DELETE' });

/** The secret, told this once. */
export async function addToken(name: string, role: RoleWord, scope: string, days: number | null): Promise<string> {
  const [made] = objects(await result('/api/portolan/tokens', { method: 'POST', body: { name, role, ...(scope === '' ? {} : { scope }), ...(days === null ? {} : { days }) } }));
  return String(made?.token ?? '');
}

export const revokeToken = (name: string): Promise<unknown> => result(`/api/portolan/tokens/${encodeURIComponent(name)}`, { method: 'DELETE' });
