import { test as base, expect, type BrowserContext } from '@playwright/test';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
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

/** Starts one; who does ends it. A folder given is its person's own content. */
export async function start(more: readonly string[] = [], env: Record<string, string> = {}, content = ''): Promise<[Server, ChildProcess]> {
  const data = mkdtempSync(join(tmpdir(), 'portolan-browser-'));
  if (content && existsSync(content)) cpSync(content, join(data, 'content'), { recursive: true });
  const child = spawn(program, ['serve', '--data', data, '--set', 'time-zone=UTC',
    ...['syslog-udp', 'syslog-tcp', 'syslog-tls', 'https', 'metrics'].flatMap((id) => ['--set', `endpoints.${id}.port=0`, '--set', `endpoints.${id}.address=127.0.0.1`]), ...more], { env: { ...process.env, ...env } });
  let told = '';
  for (const stream of [child.stdout, child.stderr]) stream!.on('data', (bytes) => (told += bytes));
  const file = join(data, 'run/endpoints.json');
  const until = Date.now() + 60_000;
  while (!existsSync(file)) {
    if (child.exitCode !== null || Date.now() > until) {
      child.kill();
      rmSync(data, { recursive: true, force: true });
      throw new Error(`the server did not start:\n${told}`);
    }
    await sleep(20);
  }
  const list: { id: string; port: number }[] = JSON.parse(readFileSync(file, 'utf8')).endpoints;
  const ports = Object.fromEntries(list.map((e) => [e.id, e.port]));
  return [{ data, ports, url: `https://localhost:${ports.https}`, password: readFileSync(join(data, 'admin-secret'), 'utf8').trim() }, child];
}

/** What a page complained of. A test that ends with anything here has failed. */
export class Complaints {
  #said: string[] = [];
  /** Complaints that a test is about. Nobody being signed in is an answer, and the browser writes it down as an error. */
  readonly expected: RegExp[] = [/status of 401 .*\/api\/portolan\/session$/];

  watch(context: BrowserContext): void {
    context.on('weberror', (e) => this.#said.push(`thrown: ${e.error().stack ?? e.error().message}`));
    // What the content security policy refuses comes here as well.
    context.on('console', (m) => {
      if (m.type() === 'error' || m.type() === 'warning') this.#said.push(`${m.type()}: ${m.text()} ${m.location().url}`);
    });
    // A page that is left gives up what it asked for.
    context.on('requestfailed', (r) => {
      if (r.failure()?.errorText !== 'net::ERR_ABORTED') this.#said.push(`failed: ${r.method()} ${r.url()}: ${r.failure()?.errorText}`);
    });
    context.on('dialog', (d) => {
      this.#said.push(`dialog: ${d.message()}`);
      void d.dismiss();
    });
  }

  get all(): string[] {
    return this.#said.filter((s) => !this.expected.some((e) => e.test(s)));
  }
}

type Of = (file: string) => Promise<Server>;

/** Tests with a server of their file's own, and with pages that must not complain. */
export const test = base.extend<{ server: Server; complaints: Complaints }, { servers: Of }>({
  servers: [
    async ({}, use) => {
      let running: { file: string; server: Server; child: ChildProcess } | null = null;
      const end = async () => {
        if (!running) return;
        const { server, child } = running;
        running = null;
        const ended = once(child, 'exit');
        child.kill('SIGTERM');
        await ended;
        rmSync(server.data, { recursive: true });
      };
      await use(async (file) => {
        if (running?.file === file) return running.server;
        await end();
        const [server, child] = await start([], {}, join(dirname(file), 'content', basename(file, '.spec.ts')));
        running = { file, server, child };
        return server;
      });
      await end();
    },
    { scope: 'worker' },
  ],
  server: async ({ servers }, use, about) => use(await servers(about.file)),
  complaints: [
    async ({ context }, use) => {
      const complaints = new Complaints();
      complaints.watch(context);
      await use(complaints);
      expect(complaints.all).toEqual([]);
    },
    { auto: true },
  ],
});

/** Tests that take longer than a commit waits for. */
export const full = process.env.PORTOLAN_FULL === '1';

export { expect };
