import { chromium, test } from '@playwright/test';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { signIn } from './person';
import { browser as executablePath, program, start, top } from './server';

// The pictures of the README: the simulated office after its first minute, always on the same morning. The server's clock is set by libfaketime, the
// browser's by Playwright.
const morning = Date.parse('2026-11-21T09:00:00Z');
const shown = morning + 66_000;
const size = { width: 1280, height: 800 };
const run = promisify(execFile);

test('pictures', async () => {
  test.setTimeout(600_000);
  const sim = join(top, 'artifacts/bin/Portolan.Sim/release/portolan-sim');
  const day = new Date(morning).toISOString().slice(0, 19);
  const clock = (ms: number): Record<string, string> => ({
    TZ: 'UTC', LD_PRELOAD: join(top, '.cache/peers/chromium-root/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1'), FAKETIME: `@${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')}`, FAKETIME_DONT_FAKE_MONOTONIC: '1',
  });
  const env = { ...process.env, TZ: 'UTC' };
  const demo = join(top, 'tools/demo');
  // The office sends to one port, over UDP and TCP; all are below those that the system gives away, of which the overview would warn.
  const port = 24514;
  const same = Object.entries({ 'syslog-udp': port, 'syslog-tcp': port, 'syslog-tls': 26514, https: 24443 }).flatMap(([id, at]) => ['--set', `endpoints.${id}.port=${at}`]);
  const [server, child] = await start([...same, '--set', `contract.file=${demo}/contract.yml`, '--set', `networks.file=${demo}/networks.yml`], clock(morning - 8000));
  const browser = await chromium.launch({ executablePath });
  try {
    const began = Date.now();
    const history = join(server.data, 'history.log');
    await run(sim, ['history', history, '--now', `${day}Z`, '--seed', '1'], { env });
    await run(program, ['import', '--data', server.data, history], { env });
    rmSync(history);
    await run(sim, ['live', '--to', `127.0.0.1:${port}`, '--now', `${day}Z`, '--seed', '1', '--seconds', '62'], { env });
    console.log(`the office: ${Math.round((Date.now() - began) / 1000)} s`);
    const out = join(top, 'docs/pictures');
    mkdirSync(out, { recursive: true });
    const hour = { from: new Date(morning - 3_600_000).toISOString(), to: new Date(morning + 120_000).toISOString() };
    const pages = {
      overview: '/overview',
      entity: `/address/10.30.0.66?${new URLSearchParams({ from: new Date(morning - 300_000).toISOString(), to: new Date(morning + 120_000).toISOString() })}`,
      search: `/search?${new URLSearchParams({ q: "SELECT starttime, sourceip, sourceuser, destinationip, destinationport, contractverdict, QIDNAME(qid) AS 'Event'\nFROM events\nWHERE INCIDR('10.20.8.0/24', destinationip)", ...hour })}`,
    };
    for (const colorScheme of ['light', 'dark'] as const) {
      const context = await browser.newContext({ ignoreHTTPSErrors: true, locale: 'en-GB', timezoneId: 'UTC', viewport: size, colorScheme, reducedMotion: 'reduce' });
      await signIn(context, server);
      for (const [name, path] of Object.entries(pages)) {
        const page = await context.newPage();
        await page.clock.setFixedTime(shown);
        await page.goto(server.url + path);
        await page.getByRole('heading', { level: 1 }).waitFor({ state: 'attached' });
        await page.getByText(/Loading…|Counting…|Searching…/).first().waitFor({ state: 'detached' });
        if (name === 'search') {
          await page.locator('[data-testid=state][data-state=done]').waitFor();
          await page.getByTestId('grid').getByRole('row').filter({ hasText: 'emil.novak' }).first().locator('.lead').click();
          await page.getByTestId('payload').waitFor();
        }
        await sleep(1500);
        await page.screenshot({ path: join(out, `${name}-${colorScheme}.png`) });
        await page.close();
      }
      await context.close();
    }
  } finally {
    await browser.close();
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    await ended;
    rmSync(server.data, { recursive: true });
  }
});
