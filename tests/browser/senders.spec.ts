import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { signIn } from './person';
import { expect, test, top } from './server';

// What real programs send, as a person sees it arrive.
test.beforeEach(({ context, server }) => signIn(context, server));

test('what logger just sent is found at once, and its detail shows its bytes', async ({ page, server }) => {
  const words = `the pilot is aboard ${process.pid}`;
  await promisify(execFile)('/usr/bin/logger', ['--tcp', '--server', '127.0.0.1', '--port', String(server.ports['syslog-tcp']), '--tag', 'harbour', '--priority', 'local0.notice', words]);
  const q = `SELECT starttime, UTF8(payload) AS line FROM events WHERE UTF8(payload) LIKE '%harbour%${words}%' AND LOGSOURCETYPENAME(devicetype) <> 'Portolan'`;
  await expect(async () => {
    await page.goto(`${server.url}/search?${new URLSearchParams({ q, last: '15m' })}`);
    await expect(page.getByTestId('total')).toHaveAttribute('data-rows', '1');
  }).toPass();
  await page.getByTestId('grid').getByRole('row').nth(1).locator('.lead').click();
  // logger's own framing and header: RFC 5424, priority local0.notice.
  await expect(page.getByTestId('payload')).toHaveText(new RegExp(`^<133>1 \\S+ \\S+ harbour - - \\[timeQuality .*\\] ${words}$`));
});

test('the lines to paste make a real rsyslog send, and the page turns green', async ({ page, server }) => {
  await page.goto(`${server.url}/sources/add?type=rsyslog&over=tcp`);
  await expect(page.getByTestId('wait')).toHaveAttribute('data-state', 'waiting');
  // The server of these tests listens there only.
  await expect(page.getByTestId('host')).not.toHaveValue('');
  await page.getByTestId('host').fill('127.0.0.1');
  // Exactly what the page says, beside an input of the test's own.
  const pasted = (await page.getByTestId('lines').innerText()).split('\n').filter((line) => !/^\s*(#|sudo|systemctl)/.test(line)).join('\n');
  expect(pasted).toContain(`port="${server.ports['syslog-tcp']}"`);
  const peers = join(top, '.cache/peers');
  const work = mkdtempSync(join(tmpdir(), 'portolan-browser-rsyslog-'));
  const line = 'a real rsyslog says this';
  writeFileSync(join(work, 'in.log'), `${line}\n`);
  writeFileSync(join(work, 'rsyslog.conf'), `global(workDirectory="${work}" net.enableDNS="off" localHostname="quay01")
module(load="imfile" mode="polling" pollingInterval="1")
input(type="imfile" File="${work}/in.log" Tag="harbour:" Severity="info" Facility="local0")
${pasted}
`);
  const rsyslog = spawn(join(peers, 'usr/sbin/rsyslogd'), ['-n', '-f', join(work, 'rsyslog.conf'), '-i', join(work, 'pid'), '-M', join(peers, 'usr/lib/x86_64-linux-gnu/rsyslog/')], {
    env: { ...process.env, LD_LIBRARY_PATH: join(peers, 'usr/lib/x86_64-linux-gnu') },
    stdio: 'ignore',
  });
  try {
    await expect(page.getByTestId('wait')).toHaveAttribute('data-state', 'came', { timeout: 20_000 });
    await expect(page.getByTestId('first-event')).toContainText(line);
  } finally {
    const ended = once(rsyslog, 'exit');
    rsyslog.kill();
    await ended;
    rmSync(work, { recursive: true });
  }
});
