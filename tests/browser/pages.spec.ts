import type { Page } from '@playwright/test';
import { imported, rows, send, signIn, sshd } from './person';
import { expect, test } from './server';

// What is in the store before the first page: an hour ago a quiet host, ten minutes ago one address that tries six accounts, one of which fits.
const attacker = '198.51.100.9';
const accounts = ['ann', 'ben', 'cho', 'dee', 'eva', 'fay'];

test.beforeAll(async ({ server }) => {
  const now = Date.now();
  const past = Array.from({ length: 40 }, (_, i) => sshd('quiet01', now - 3_600_000 + i * 1000, `Accepted publickey for gus from 192.0.2.${i + 1} port 50000 ssh2: ED25519 SHA256:x`));
  const tries = accounts.map((user, i) => sshd('bastion01', now - 600_000 + i * 1000, `Failed password for ${user} from ${attacker} port ${40_000 + i} ssh2`));
  await imported(server, [...past, ...tries, sshd('bastion01', now - 590_000, `Accepted password for fay from ${attacker} port 40100 ssh2`)]);
});

test.beforeEach(({ context, server }) => signIn(context, server));
/** What of a page cannot be read: it is wider than its window, or a table's words end at the edge of a box. */
const cut = (page: Page): Promise<string[]> => page.evaluate(() => [
  ...(document.documentElement.scrollWidth > innerWidth ? ['the page'] : []),
  ...[...document.querySelectorAll<HTMLElement>('main .card, main .card div, main td, main th')].filter((e) => e.clientWidth > 1 && e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).overflowX !== 'visible').map((e) => e.innerText.slice(0, 60)),
]);
test.afterEach(async ({ page }) => {
  await expect.poll(() => cut(page)).toEqual([]);
});

const count = async (page: Page, id: string): Promise<number> => Number(await page.getByTestId(id).getAttribute('data-count'));

test('the overview shows who tried one password on many accounts, and its numbers are those of AQL', async ({ context, page, server }) => {
  await page.goto(`${server.url}/`);
  await expect(page).toHaveTitle('Overview · Portolan');
  const need = page.getByTestId('well').getByRole('link', { name: `${attacker} tried 6 accounts within an hour and got in as fay` });
  await expect(need).toBeVisible();
  await expect(page.getByTestId('failed')).toContainText('6 attempts on 6 accounts');
  await expect(page.getByTestId('loss')).toHaveText('0');

  // The 47 lines and what people did, which goes on while the page is read.
  const shown = await count(page, 'day');
  expect(shown).toBeGreaterThanOrEqual(47);
  await page.getByTestId('day').click();
  // The number's own search, over the same time: one group with the same number.
  await expect(page).toHaveURL(/\/search\?q=SELECT\+COUNT/);
  const there = page.getByTestId('grid').getByRole('row').nth(1);
  await expect(there).toHaveText(/\d/);
  const counted = Number((await there.innerText()).replace(/\D/g, ''));
  expect(counted).toBeGreaterThanOrEqual(shown);
  expect(counted).toBeLessThan(shown + 10);

  await page.goBack();
  // The disk leads to what fills it.
  await page.getByTestId('disk').click();
  await expect(page.getByTestId('grid')).toContainText('bastion01');
  await page.goBack();
  for (const width of [1440, 1280, 1024, 768, 500]) {
    await page.setViewportSize({ width, height: 800 });
    await expect(page.getByTestId('logins')).toContainText('quiet01');
    // Drawings are made anew for the width.
    await expect.poll(() => cut(page), `${width}`).toEqual([]);
  }
  await page.setViewportSize({ width: 1280, height: 800 });
  await need.click();
  await expect(page).toHaveURL(`${server.url}/address/${attacker}`);
  const [[events]] = await rows(context, server, `SELECT COUNT(*) FROM events WHERE sourceip = '${attacker}' OR destinationip = '${attacker}' OR identityip = '${attacker}' LAST 24 HOURS`);
  await expect(page.getByTestId('total')).toHaveAttribute('data-count', String(events));
  await expect(page.getByTestId('timeline').getByRole('link', { name: 'fay' }).first()).toHaveAttribute('href', /^\/user\/fay\?at=\d+$/);
  await page.getByTestId('timeline').getByRole('link', { name: 'fay' }).first().click();
  await expect(page.getByRole('heading', { name: 'fay' })).toBeVisible();
  await expect(page.getByTestId('timeline')).toContainText(attacker);
});

test('a source that was added turns the page green with its first line', async ({ page, server }) => {
  await page.goto(`${server.url}/sources/add?type=rsyslog&over=udp`);
  // This host as others reach it, which is not localhost where it has an address.
  await expect(page.getByTestId('host')).not.toHaveValue('');
  const address = await page.getByTestId('host').inputValue();
  await expect(page.getByTestId('lines')).toContainText(`target="${address}" port="${server.ports['syslog-udp']}" protocol="udp"`);
  await expect(page.getByTestId('wait')).toHaveAttribute('data-state', 'waiting');
  const line = sshd('newcomer', Date.now(), 'Accepted publickey for gus from 192.0.2.77 port 50000 ssh2: ED25519 SHA256:<b>x</b>');
  await send(server, line);
  await expect(page.getByTestId('wait')).toHaveAttribute('data-state', 'came');
  await expect(page.getByTestId('first-event')).toHaveText(line);
  await expect(page.getByTestId('came-from')).toHaveText(/^newcomer \(\S+\) sends, read as Linux OS\.$/);
  await page.getByRole('link', { name: 'Show this source' }).click();
  await expect(page.getByRole('heading', { name: 'newcomer' })).toBeVisible();
});

test('every type that says how is offered, and another address changes the lines', async ({ page, server }) => {
  await page.goto(`${server.url}/sources/add?type=ios`);
  await page.getByTestId('host').fill('192.0.2.80');
  await expect(page.getByTestId('lines')).toContainText(`logging host 192.0.2.80 transport udp port ${server.ports['syslog-udp']}`);
  await page.getByText('FortiOS').click();
  await expect(page.getByTestId('lines')).toContainText('set server "192.0.2.80"');
  await page.getByTestId('host').fill('a"b');
  await expect(page.getByTestId('host')).toHaveAttribute('aria-invalid', 'true');
  await expect(page.getByTestId('lines')).toHaveCount(0);
});

test('sources say what was not understood, and the ledger balances', async ({ page, server }) => {
  await send(server, ...Array.from({ length: 3 }, (_, i) => `<13>1 ${new Date().toISOString()} odd01 thing - - - nobody knows <i>this</i> ${i}`));
  await page.goto(`${server.url}/sources?find=odd01`);
  await page.getByTestId('sources').getByRole('link', { name: 'odd01' }).click();
  await expect(page.getByTestId('unparsed').getByRole('row')).toHaveCount(4);
  await expect(page.getByTestId('unparsed')).toContainText('nobody knows <i>this</i> 2');

  await page.getByRole('link', { name: 'Ledger' }).click();
  await expect(page.getByTestId('verdict')).toHaveText(/Everything that arrived is here: nothing was lost\./);
  // Received = stored + lost, waiting and unexplained, of which there is nothing.
  for (const [entrance, least] of [['syslog-udp', 4], ['import', 47]] as const) {
    const cells = await page.getByTestId('balance').locator(`[data-source=${entrance}] .number`).allInnerTexts();
    const [received = 0, stored, ...others] = cells.map((text) => Number(text.replaceAll(',', '')));
    expect(received).toBeGreaterThanOrEqual(least);
    expect([stored, ...others]).toEqual([received, 0, 0, 0]);
  }
});

test('a page whose files do not come says that the server is away', async ({ complaints, page, server }) => {
  complaints.expected.push(/LedgerPage/);
  await page.goto(`${server.url}/dashboards`);
  await page.route(/\/assets\/LedgerPage/, (route) => route.abort());
  await page.getByRole('link', { name: 'Ledger' }).click();
  await expect(page.locator('[data-fault=Unreachable]')).toContainText('The server cannot be reached');
  await page.unrouteAll();
  await page.getByRole('button', { name: 'Reload' }).click();
  await expect(page.getByTestId('verdict')).toBeVisible();
});

test('the pages speak Japanese', async ({ browser, server }) => {
  const context = await browser.newContext({ locale: 'ja-JP', ignoreHTTPSErrors: true });
  await signIn(context, server);
  const page = await context.newPage();
  for (const [path, heading] of [['/overview', '概要'], ['/sources', 'ソース'], ['/sources/add', 'ソースを追加'], ['/ledger', '台帳']] as const) {
    await page.goto(server.url + path);
    await expect(page.getByRole('heading', { level: 1 })).toHaveText(heading);
  }
  await context.close();
});
