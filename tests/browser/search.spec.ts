import type { BrowserContext, Page } from '@playwright/test';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { corpus, size, type Corpus } from './corpus';
import { imported, rows, signIn } from './person';
import { expect, program, test, type Server } from './server';

let data: Corpus;
test.beforeAll(async ({ server }) => {
  data = corpus(Date.now());
  await imported(server, data.lines);
});
test.beforeEach(({ context, server }) => signIn(context, server));

const done = (page: Page) => expect(page.getByTestId('state')).toHaveAttribute('data-state', 'done');
const total = (page: Page) => page.getByTestId('total');
const whole = () => ({ from: new Date(data.from).toISOString(), to: new Date(data.to).toISOString() });

async function open(page: Page, server: Server, text: string, more: Record<string, string> = {}): Promise<void> {
  await page.goto(`${server.url}/search?${new URLSearchParams({ q: text, ...whole(), ...more })}`);
  await done(page);
}
const stretchOf = (page: Page): { from: number; to: number } => {
  const query = new URL(page.url()).searchParams;
  return { from: Date.parse(query.get('from')!), to: Date.parse(query.get('to')!) };
};
/** What AQL says to the text of the address bar over its time. */
async function counted(context: BrowserContext, server: Server, page: Page, where = ''): Promise<number> {
  const [[n]] = (await rows(context, server, `SELECT COUNT(*) FROM events ${where}`, stretchOf(page))) as [[number]];
  return n;
}

test('the number is AQL\'s, also as the command line says it; a stretch drawn on the histogram changes time, number and rows', async ({ context, page, server }) => {
  await open(page, server, "SELECT starttime, username, UTF8(payload) AS line FROM events WHERE username = 'ann'");
  const expected = await counted(context, server, page, "WHERE username = 'ann'");
  expect(expected).toBeGreaterThan(size / 4);
  await expect(total(page)).toHaveAttribute('data-rows', String(expected));
  await expect(page.getByTestId('grid')).toHaveAttribute('data-rows', String(expected));
  const minute = (ms: number) => new Date(ms).toISOString().slice(0, 16).replace('T', ' ');
  const told = await promisify(execFile)(program, ['search', '--data', server.data, '--json', `SELECT COUNT(*) AS n FROM events WHERE username = 'ann' START '${minute(data.from)}' STOP '${minute(data.to)}'`]);
  expect(JSON.parse(told.stdout)).toEqual([{ n: expected }]);

  const before = { ...stretchOf(page), time: await page.getByTestId('time').innerText() };
  const box = (await page.getByTestId('histogram').boundingBox())!;
  await page.mouse.move(box.x + box.width * 0.25, box.y + 30);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.4, box.y + 30, { steps: 4 });
  await page.mouse.up();
  await expect(page.getByTestId('time')).not.toHaveText(before.time);
  await done(page);
  const drawn = stretchOf(page);
  expect(drawn.from).toBeGreaterThan(before.from);
  expect(drawn.to).toBeLessThan(before.to);
  const inIt = await counted(context, server, page, "WHERE username = 'ann'");
  expect(inIt).toBeGreaterThan(0);
  expect(inIt).toBeLessThan(expected);
  await expect(total(page)).toHaveAttribute('data-rows', String(inIt));
  await expect(page.getByTestId('grid')).toHaveAttribute('data-rows', String(inIt));
  const [[newest]] = (await rows(context, server, "SELECT UTF8(payload) FROM events WHERE username = 'ann' LIMIT 1", drawn)) as [[string]];
  await expect(page.getByTestId('grid').getByRole('row').nth(1)).toContainText(newest);
  await page.goBack();
  await expect(total(page)).toHaveAttribute('data-rows', String(expected));
});

test('a text that says its time and the picker are one: drawn over, chosen or written, both change, and the number is that of the text', async ({ context, page, server }) => {
  const said = (): string => new URL(page.url()).searchParams.get('q')!;
  const minutes = (ms: number): string => `'${new Date(ms).toISOString().slice(0, 16).replace('T', ' ')} Z'`;
  const text = "SELECT starttime, username FROM events WHERE username = 'ben'";
  const own = `START ${minutes(data.from)} STOP ${minutes(data.to)}`;
  const agrees = async (): Promise<number> => {
    await done(page);
    const [[n]] = (await rows(context, server, said().replace(/^SELECT.*?FROM/s, 'SELECT COUNT(*) FROM'))) as [[number]];
    await expect(total(page)).toHaveAttribute('data-rows', String(n));
    await expect(page.getByTestId('grid')).toHaveAttribute('data-rows', String(n));
    expect(new URL(page.url()).searchParams.has('from')).toBe(false);
    return n;
  };
  await page.goto(`${server.url}/search?${new URLSearchParams({ q: `${text} ${own}`, last: '5m' })}`);
  await expect(page.getByTestId('editor')).toHaveText(`${text} ${own}`);
  const shown = (ms: number): string => new Date(ms).toISOString().slice(0, 19).replace('T', ' ');
  await expect(page.getByTestId('time')).toContainText(shown(data.from));
  await done(page);
  const all = (await rows(context, server, `SELECT COUNT(*) FROM events WHERE username = 'ben' ${own}`)) as [[number]];
  await expect(total(page)).toHaveAttribute('data-rows', String(all[0][0]));

  const box = (await page.getByTestId('histogram').boundingBox())!;
  await page.mouse.move(box.x + box.width * 0.5, box.y + 30);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.6, box.y + 30, { steps: 3 });
  await page.mouse.up();
  await expect(page.getByTestId('editor')).not.toContainText(own);
  const drawn = await agrees();
  expect(drawn).toBeGreaterThan(0);
  expect(drawn).toBeLessThan(all[0][0] / 5);
  const [, from, to] = /START '([^']+) Z' STOP '([^']+) Z'$/.exec(said())!;
  await expect(page.getByTestId('time')).toContainText(`${from}:00 – ${to}:00`);
  await expect(page.getByTestId('editor')).toContainText(`STOP '${to} Z'`);

  // Chosen: the text says it.
  await page.getByTestId('time').click();
  await page.getByRole('button', { name: 'Last 6 h' }).click();
  await expect(page.getByTestId('editor')).toHaveText(`${text} LAST 6 HOURS`);
  expect(await agrees()).toBe(all[0][0]);
  // Written: the picker says it, before it is run and after.
  await page.getByTestId('editor').click();
  await page.keyboard.press('ControlOrMeta+End');
  for (let i = 0; i < 7; i++) await page.keyboard.press('Backspace');
  await page.keyboard.type('3 HOURS');
  await expect(page.getByTestId('time')).toContainText('Last 3 h');
  await page.keyboard.press('Control+Enter');
  await expect(page).toHaveURL((url) => url.searchParams.get('q') === `${text} LAST 3 HOURS`);
  expect(await agrees()).toBe(all[0][0]);
  await expect(page.getByTestId('time')).toContainText('Last 3 h');
});

test('a click on a value becomes a condition of the text, and a cross takes it out again', async ({ context, page, server }) => {
  const text = 'SELECT starttime, username, sourceip FROM events';
  await open(page, server, text);
  await expect(total(page)).toHaveAttribute('data-rows', String(size));
  await page.getByTestId('grid').getByText('cho', { exact: true }).first().click();
  await page.getByRole('menuitem', { name: 'Only with this value' }).click();
  await expect(page.getByTestId('editor')).toHaveText(/WHERE username = 'cho'/);
  await done(page);
  expect(new URL(page.url()).searchParams.get('q')?.replace(/\s+/g, ' ')).toBe(`${text} WHERE username = 'cho'`);
  const expected = await counted(context, server, page, "WHERE username = 'cho'");
  await expect(total(page)).toHaveAttribute('data-rows', String(expected));
  await expect(page.getByTestId('grid')).not.toContainText('ann');
  await page.getByRole('button', { name: "Remove the condition username = 'cho'" }).click();
  await expect(total(page)).toHaveAttribute('data-rows', String(size));
  // What is written and run by hand is the same.
  await page.getByTestId('editor').click();
  await page.keyboard.press('ControlOrMeta+A');
  await page.keyboard.type("username = 'cho'");
  await page.keyboard.press('Control+Enter');
  await expect(total(page)).toHaveAttribute('data-rows', String(expected));
});

test('a chart draws the numbers of its table', async ({ context, page, server }) => {
  const text = 'SELECT username, COUNT(*) AS n FROM events GROUP BY username ORDER BY n DESC';
  await open(page, server, text);
  const expected = (await rows(context, server, text, stretchOf(page))) as [string, number][];
  expect(expected.map(([user]) => user)).toEqual(['ann', 'ben', 'cho', 'dee', 'eva']);
  const cells = page.getByTestId('grid').getByRole('row');
  await expect(cells).toHaveCount(expected.length + 1);
  for (const [i, [user, n]] of expected.entries()) {
    await expect(cells.nth(i + 1)).toContainText(user);
    await expect(cells.nth(i + 1)).toContainText(String(n));
  }
  await page.getByRole('button', { name: 'bars' }).or(page.getByRole('button', { name: 'Bars' })).click();
  const bars = page.getByTestId('chart').locator('rect[rx]');
  await expect(bars).toHaveCount(expected.length);
  const heights = await bars.evaluateAll((all) => all.map((bar) => Number(bar.getAttribute('height'))));
  for (const [i, [, n]] of expected.entries()) expect(heights[i]! / heights[0]!).toBeCloseTo(n / expected[0]![1], 2);
  for (const [user] of expected) await expect(page.getByTestId('chart')).toContainText(user);
});

test('a search that takes long shows what it has so far, marked so, then the whole in its place', async ({ context, page, server }) => {
  const text = 'SELECT username, COUNT(*) AS n FROM events GROUP BY username ORDER BY n DESC';
  const half = { from: data.from, to: data.from + (data.to - data.from) / 2 };
  const some = (await rows(context, server, text, half)) as [string, number][];
  const all = (await rows(context, server, text, { from: data.from, to: data.to })) as [string, number][];
  expect(some[0]![1]).toBeLessThan(all[0]![1]);
  // The server is quick with so few rows: the page is told that it is still at work until the test lets it see the end.
  let isLong = true;
  let asked: string[] = [];
  await page.route('**/api/ariel/searches/*', async (route) => {
    const answer = await route.fetch();
    if (route.request().method() !== 'GET' || !isLong) return route.fulfill({ response: answer });
    return route.fulfill({ response: answer, json: { ...(await answer.json()), status: 'EXECUTE', progress: 50, record_count: 0 } });
  });
  await page.route('**/api/portolan/searches/*/preview?*', (route) => {
    if (new URL(route.request().url()).searchParams.get('after') !== '0') return route.fulfill({ status: 204 });
    return route.fulfill({ json: { number: 1, progress: 50, record_count: some.length, columns: [{ name: 'username', kind: 'Value' }, { name: 'n', kind: 'Value' }], rows: some } });
  });
  page.on('request', (r) => asked.push(new URL(r.url()).pathname.replace(/[0-9a-f-]{36}/, 'ID')));
  await page.goto(`${server.url}/search?${new URLSearchParams({ q: text, ...whole() })}`);
  const soFar = page.getByTestId('so-far');
  await expect(soFar).toHaveText('so far, 50 %');
  await expect(page.getByTestId('state')).toHaveAttribute('data-state', 'running');
  const cells = page.getByTestId('grid').getByRole('row');
  await expect(cells).toHaveCount(some.length + 1);
  for (const [i, [user, n]] of some.entries()) await expect(cells.nth(i + 1)).toHaveText(new RegExp(`^\\s*${user}\\s*${n}\\s*$`));
  // What is asked beside waits until there is something to see.
  const first = (path: string) => asked.indexOf(path);
  await expect(total(page)).toHaveAttribute('data-rows', String(size));
  expect(first('/api/portolan/searches/ID/preview')).toBeGreaterThan(first('/api/portolan/searches'));
  expect(first('/api/portolan/search')).toBeGreaterThan(first('/api/portolan/searches/ID/preview'));

  const grid = await page.getByTestId('grid').elementHandle();
  asked = [];
  isLong = false;
  await done(page);
  await expect(soFar).toHaveCount(0);
  for (const [i, [user, n]] of all.entries()) await expect(cells.nth(i + 1)).toHaveText(new RegExp(`^\\s*${user}\\s*${n}\\s*$`));
  // The table itself stayed: nothing jumped.
  expect(await grid!.evaluate((box) => box.isConnected)).toBe(true);
  // Who leaves the page takes the search along: the server knows of none any more.
  const known = async () => (await (await context.request.get(`${server.url}/api/ariel/searches`)).json()) as string[];
  expect(await known()).toHaveLength(1);
  await page.unrouteAll({ behavior: 'wait' });
  await page.goto(`${server.url}/overview`);
  await expect.poll(known).toEqual([]);
});

test('the grid scrolls to its last row, which is the one that AQL has there', async ({ context, page, server }) => {
  const text = 'SELECT starttime, sourceport, UTF8(payload) AS line FROM events';
  await open(page, server, text);
  const grid = page.getByTestId('grid');
  await expect(grid).toHaveAttribute('data-rows', String(size));
  // Newest first: the last row is line 0.
  const all = (await rows(context, server, `${text} LIMIT ${size}`, stretchOf(page))) as [number, number, string][];
  expect(all.at(-1)).toEqual([data.at(0), 1024, data.lines[0]]);
  await grid.focus();
  await page.keyboard.press('End');
  const last = page.locator(`[role=row][aria-rowindex="${size + 1}"]`);
  await expect(last).toContainText('line 0');
  await expect(last).toContainText(new Date(data.at(0)).toISOString().replace('T', ' ').slice(0, 23));
  await expect(last).toBeInViewport();
  // And anywhere between.
  await grid.evaluate((box, rows) => (box.scrollTop = rows * 27), size / 2);
  const middle = page.locator(`[role=row][aria-rowindex="${size / 2 + 2}"]`);
  await expect(middle).toContainText(String(all[size / 2]![2]).slice(-30));
  // Only what is seen is in the document.
  expect(await grid.getByRole('row').count()).toBeLessThan(100);
});

test('export writes every row', async ({ page, server }) => {
  await open(page, server, 'SELECT starttime, username, UTF8(payload) AS line FROM events');
  await page.getByRole('button', { name: 'Export' }).click();
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('menuitem', { name: 'All rows as CSV' }).click()]);
  const lines = readFileSync(await download.path(), 'utf8').split('\r\n');
  expect(lines.shift()).toBe('starttime,username,line');
  expect(lines.pop()).toBe('');
  expect(lines).toHaveLength(size);
  expect(new Set(lines.map((line) => /line (\d+)$/.exec(line)?.[1])).size).toBe(size);
  expect(lines.at(-1)).toBe(`${data.at(0)},ann,${data.lines[0]}`);
  // The server writes the file; the search that found its rows is forgotten then.
  expect(download.suggestedFilename()).toMatch(/^portolan-\d{8}T\d{6}Z\.csv$/);
  await expect(page.getByRole('button', { name: 'Export' })).toBeVisible();
  expect((await page.request.get(download.url())).status()).toBe(404);
});

test('an event has a permanent place, which shows its bytes', async ({ context, page, server }) => {
  await open(page, server, 'SELECT starttime, username FROM events');
  await page.getByTestId('grid').getByRole('row').nth(3).locator('.lead').click();
  const line = data.lines[size - 3]!;
  await expect(page.getByTestId('payload')).toHaveText(line);
  await page.getByTestId('permalink').click();
  await expect(page).toHaveURL(/\/event\/[^/?]+\?at=\d+$/);
  await expect(page.getByTestId('payload')).toHaveText(line);
  await page.getByRole('button', { name: 'Hexadecimal' }).click();
  const hex = (await page.getByTestId('payload').innerText()).split('\n').filter(Boolean).map((l) => l.slice(8, 57).replace(/\s/g, '')).join('');
  expect(Buffer.from(hex, 'hex').toString()).toBe(line);
  // Another browser, without the search.
  const url = page.url();
  const again = await context.newPage();
  await again.goto(url.replace(/\?.*/, ''));
  await expect(again.getByTestId('payload')).toHaveText(line);
});
