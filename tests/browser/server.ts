import { test as base, expect } from '@playwright/test';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/** The checkout. */
export const top = join(dirname(fileURLToPath(import.meta.url)), '../..');
/** What tests/browser/peers.sh unpacked. */
export const browser = join(top, '.cache/peers/chromium');
/** What ./dev build built. */
export const program = join(top, 'artifacts/portolan/portolan');

/** A running Portolan with a data directory and free loopback ports of its own. */
export type Server = {
  data: string;
  /** Of the console, without a slash at the end. */
  url: string;
  /** Ports by endpoint id. */
  ports: Record<string, number>;
  /** The first password of the user admin. */
  password: string;
};

async function start(): Promise<[Server, ChildProcess]> {
  const data = mkdtempSync(join(tmpdir(), 'portolan-browser-'));
  const child = spawn(program, ['serve', '--data', data, '--set', 'time-zone=UTC',
    ...['syslog-udp', 'syslog-tcp', 'syslog-tls', 'https'].flatMap((id) => ['--set', `endpoints.${id}.port=0`, '--set', `endpoints.${id}.address=127.0.0.1`])]);
  let told = '';
  for (const stream of [child.stdout, child.stderr]) stream!.on('data', (bytes) => (told += bytes));
  const file = join(data, 'run/endpoints.json');
  const until = Date.now() + 60_000;
  while (!existsSync(file)) {
    if (child.exitCode !== null || Date.now() > until) {
      child.kill();
      throw new Error(`the server did not start:\n${told}`);
    }
    await sleep(20);
  }
  const list: { id: string; port: number }[] = JSON.parse(readFileSync(file, 'utf8')).endpoints;
  const ports = Object.fromEntries(list.map((e) => [e.id, e.port]));
  return [{ data, ports, url: `https://localhost:${ports.https}`, password: readFileSync(join(data, 'admin-secret'), 'utf8').trim() }, child];
}

/** Tests with a server of their file's own. */
export const test = base.extend<{}, { server: Server }>({
  server: [
    async ({}, use) => {
      const [server, child] = await start();
      await use(server);
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
      rmSync(server.data, { recursive: true });
    },
    { scope: 'worker' },
  ],
});

export { expect };
