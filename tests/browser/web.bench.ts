import { chromium, test, type Browser, type BrowserContext, type Page } from '@playwright/test';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { rows, signIn } from './person';
import { browser as executablePath, start, program, top } from './server';

// How long a person waits: reported, not asserted.
const count = Number(process.env.PORTOLAN_BENCH_ROWS ?? 10_000_000);
const times = 5;
const run = promisify(execFile);
const median = (some: number[]): number => [...some].sort((a, b) => a - b)[some.length >> 1]!;

test('web', async () => {
  test.setTimeout(3_600_000);
  const sim = join(top, 'artifacts/bin/Portolan.Sim/release/portolan-sim');
  const [server, child] = await start();
  const browser = await chromium.launch({ executablePath });
  try {
    const log = join(server.data, 'corpus.log');
    const began = Date.now();
    await run(sim, ['write', log, '--count', String(count), '--rate', '2000', '--seed', '1']);
    await run(program, ['import', '--data', server.data, log], { maxBuffer: 1 << 26 });
    rmSync(log);
    const context = await fresh(browser);
    await signIn(context, server);
    let stored = 0;
    // What was taken is behind the journal first; all of it is to be searched.
    while (stored < count) {
      await sleep(2000);
      [[stored]] = (await rows(context, server, 'SELECT COUNT(*) FROM events LAST 7 DAYS')) as [[number]];
    }
    const prepared = (Date.now() - began) / 1000;
    const load = loadavg();

    const first = [];
    for (let i = 0; i < times; i++) {
      // A context of its own: nothing is cached.
      const cold = await fresh(browser);
      await signIn(cold, server);
      const page = await cold.newPage();
      await page.goto(`${server.url}/overview`, { waitUntil: 'commit' });
      first.push(await page.evaluate(() => new Promise<number>((done) => {
        const look = () => (document.querySelector('[data-testid=day]') ? requestAnimationFrame(() => done(performance.now())) : setTimeout(look, 5));
        look();
      })));
      await cold.close();
    }

    const page = await context.newPage();
    await page.goto(`${server.url}/search?${new URLSearchParams({ q: 'SELECT starttime FROM events LIMIT 1', last: '1m' })}`);
    await page.locator('[data-testid=state][data-state=done]').waitFor();
    const searches = {
      'newest rows of the week': 'SELECT starttime, sourceip, username, payload FROM events',
      'one user of the week, 1 event in 900': "SELECT starttime, sourceip, username, payload FROM events WHERE username = 'alice.0'",
      'events by source address, whole week': 'SELECT sourceip, COUNT(*) AS n FROM events GROUP BY sourceip ORDER BY n DESC',
    };
    const lines = [];
    for (const [name, q] of Object.entries(searches)) {
      const seen: number[] = [];
      const whole: number[] = [];
      for (let i = 0; i < times; i++) {
        const [a, b] = await timed(page, q);
        seen.push(a);
        whole.push(b);
      }
      // Of groups the first to be seen are those so far, marked so.
      lines.push(`| ${name}: first ${q.includes('GROUP BY') ? 'groups so far' : 'row'} seen | ${Math.round(median(seen))} | ${seen.map(Math.round).join(', ')} |`, `| ${name}: complete, with histogram | ${Math.round(median(whole))} | ${whole.map(Math.round).join(', ')} |`);
    }
    const date = new Date().toISOString().slice(0, 10);
    const file = join(top, `bench/results/${date}-web.md`);
    writeFileSync(file, `# How long a person waits, ${date}

${stored.toLocaleString('en')} events of the certification mix, imported (${Math.round(prepared)} s until all could be searched, writing them included). Chromium, the server and the test share ${availableParallelism()} cores of ${cpus()[0]?.model ?? 'unknown'}. Load
(1, 5 and 15 minutes) when the measurements began: ${load.map((n) => n.toFixed(1)).join(', ')}; when they ended: ${loadavg().map((n) => n.toFixed(1)).join(', ')}. Milliseconds, median of ${times}; aims: 2,000 for the first page, 1,000 for the first row.

| what | median | each |
|---|---|---|
| first page: from navigation to the overview's numbers, nothing cached | ${Math.round(median(first))} | ${first.map(Math.round).join(', ')} |
${lines.join('\n')}

From pressing Run, over the last seven days. \`./dev bench --web\` measures anew.
`);
    console.log(`wrote ${file}`);
  } finally {
    await browser.close();
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    await ended;
    rmSync(server.data, { recursive: true });
  }
});

const fresh = (browser: Browser): Promise<BrowserContext> => browser.newContext({ ignoreHTTPSErrors: true, viewport: { width: 1280, height: 800 } });

/** Milliseconds from pressing Run to the first row on screen, and to the end of all. */
async function timed(page: Page, q: string): Promise<[number, number]> {
  const blank = new URL(page.url());
  await page.goto(`${blank.origin}/search?${new URLSearchParams({ q: "SELECT starttime FROM events WHERE username = 'nobody at all' LIMIT 1", last: '1m' })}`);
  await page.locator('[data-testid=state][data-state=done]').waitFor();
  await page.getByTestId('editor').click();
  await page.keyboard.press('ControlOrMeta+A');
  await page.keyboard.insertText(`${q} LAST 7 DAYS`);
  await page.keyboard.press('Escape');
  return page.evaluate(() => new Promise<[number, number]>((done, failed) => {
    const began = performance.now();
    let seen = 0;
    document.querySelector<HTMLElement>('[data-testid=run]')!.click();
    const look = () => {
      const state = document.querySelector('[data-testid=state]')?.getAttribute('data-state');
      if (state === 'failed' || document.querySelector('[data-testid=empty]')) return failed(new Error(document.body.innerText));
      const grid = document.querySelector('[data-testid=grid]');
      if (!seen && performance.now() - began > 0 && grid?.querySelector('[aria-rowindex="2"] .value')) seen = performance.now() - began;
      if (seen && state === 'done' && document.querySelector('[data-testid=total]')) return done([seen, performance.now() - began]);
      requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  }));
}
