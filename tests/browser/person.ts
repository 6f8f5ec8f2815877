import type { BrowserContext } from '@playwright/test';
import { execFile } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { program, type Server } from './server';

/** The password that admin has after the first sign-in here. */
export const own = 'the harbour is calm tonight';
const signed = new Map<string, string>();

/** The first password was replaced by `own` on the page itself. */
export const replaced = (server: Server): void => void signed.set(server.data, own);

/** Signs admin in without the sign-in page; the first time its first password is replaced. The pages of the context carry the session. */
export async function signIn(context: BrowserContext, server: Server): Promise<void> {
  const post = async (path: string, data: object, csrf?: string) => {
    const answer = await context.request.post(`${server.url}/api/portolan/${path}`, { data, headers: csrf ? { 'X-CSRF': csrf } : {} });
    if (!answer.ok()) throw new Error(`${path}: ${answer.status()} ${await answer.text()}`);
    return (await answer.json()) as { csrf: string };
  };
  const known = signed.get(server.data);
  const { csrf } = await post('session', { name: 'admin', password: known ?? server.password });
  if (known) return;
  await post('password', { current: server.password, password: own }, csrf);
  signed.set(server.data, own);
}

/** Rows of a search, asked beside the page: what its numbers are held against. The text says its own time, or the time stands beside it. */
export async function rows(context: BrowserContext, server: Server, aql: string, time?: { from: number; to: number }): Promise<unknown[][]> {
  const { csrf } = (await (await context.request.get(`${server.url}/api/portolan/session`)).json()) as { csrf: string };
  const answer = await context.request.post(`${server.url}/api/portolan/search`, {
    params: time ? { from: time.from * 1000, to: time.to * 1000 } : {}, data: aql, headers: { 'X-CSRF': csrf, 'Content-Type': 'text/plain' },
  });
  if (!answer.ok()) throw new Error(await answer.text());
  const lines = (await answer.text()).split('\n').filter(Boolean).map((line) => JSON.parse(line) as unknown);
  return lines.filter((line): line is unknown[] => Array.isArray(line));
}

/** Sends lines to the server's UDP endpoint. */
export async function send(server: Server, ...lines: string[]): Promise<void> {
  const socket = createSocket('udp4');
  for (const line of lines) await new Promise<void>((done, failed) => socket.send(line, server.ports['syslog-udp']!, '127.0.0.1', (e) => (e ? failed(e) : done())));
  socket.close();
}

/** Takes lines of the past into the store. */
export async function imported(server: Server, lines: readonly string[]): Promise<void> {
  const file = join(server.data, 'past.log');
  writeFileSync(file, `${lines.join('\n')}\n`);
  await promisify(execFile)(program, ['import', '--data', server.data, file]);
  rmSync(file);
}

/** A line of sshd in RFC 5424's form. */
export const sshd = (host: string, at: number, text: string): string => `<86>1 ${new Date(at).toISOString()} ${host} sshd 4242 - - ${text}`;
