import { imported, rows, signIn, sshd } from './person';
import { expect, test } from './server';

const hour = Math.floor(Date.now() / 3_600_000) * 3_600_000 - 3_600_000;
const stretch = `from=${new Date(hour).toISOString()}&to=${new Date(hour + 3_600_000).toISOString()}`;

test.beforeAll(async ({ server }) => {
  await imported(server, Array.from({ length: 12 }, (_, i) => sshd('bastion01', hour + i * 60_000, `Failed password for ${i < 8 ? 'ann' : '<i>ben</i>'} from 198.51.100.9 port 4000${i % 10} ssh2`)));
});
test.beforeEach(({ context, server }) => signIn(context, server));

test('the numbers of a shipped dashboard are those of AQL', async ({ context, page, server }) => {
  await page.goto(`${server.url}/dashboards`);
  await page.getByRole('link', { name: 'Security, the morning view' }).click();
  await page.goto(`${page.url()}?${stretch}`);
  const [[failed]] = await rows(context, server, `SELECT COUNT(*) FROM events WHERE login = 'failed' START ${hour} STOP ${hour + 3_600_000}`);
  expect(failed).toBe(12);
  await expect(page.getByRole('region', { name: 'Failed logins', exact: true }).getByTestId('number')).toHaveText('12');
  await expect(page.getByRole('region', { name: 'Failed logins by user' })).toContainText('ann');
});

test('a shipped dashboard is named in the language of its reader', async ({ browser, server }) => {
  const context = await browser.newContext({ locale: 'ja-JP', ignoreHTTPSErrors: true });
  await signIn(context, server);
  const page = await context.newPage();
  await page.goto(`${server.url}/dashboards`);
  await page.getByRole('link', { name: 'セキュリティ、朝の確認' }).click();
  await expect(page.getByRole('region', { name: 'アドレス別のログイン失敗' })).toContainText('198.51.100.9');
  expect((await page.getByTestId('panel').getByRole('heading').allInnerTexts()).filter((title) => /[a-z]{3}/.test(title))).toEqual([]);
  await context.close();
});

test("a dashboard of one's own: made from a search, changed, removed", async ({ complaints, page, server }) => {
  complaints.expected.push(/status of 4(00|22) /);
  await page.goto(`${server.url}/search?${new URLSearchParams({ q: 'SELECT username, COUNT(*) AS n FROM events GROUP BY username ORDER BY n DESC' })}&${stretch}`);
  await page.getByRole('button', { name: 'Copy', exact: true }).click();
  await page.getByRole('menuitem', { name: 'Into a new dashboard' }).click();
  await page.getByLabel('Name').fill('Mine <b>');
  await page.getByLabel('Title').fill('By user');
  await page.getByLabel('Drawn as').selectOption('bars');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Mine <b>');
  await page.goto(`${page.url()}?${stretch}`);
  const panel = page.getByRole('region', { name: 'By user' });
  await expect(panel.getByRole('row').first()).toContainText('ann');
  await expect(panel.getByRole('row').first()).toContainText('8');

  await page.getByRole('button', { name: 'Edit' }).click();
  await page.getByLabel('Search in AQL').fill('SELECT nosuchfield FROM events');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByRole('alert')).toContainText('nosuchfield');
  await page.getByLabel('Search in AQL').fill('SELECT COUNT(*) AS n FROM events');
  await page.getByLabel('Drawn as').selectOption('number');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(panel.getByTestId('number')).toHaveText('12');

  await page.getByRole('button', { name: 'Remove', exact: true }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Remove', exact: true }).click();
  await expect(page).toHaveURL(`${server.url}/dashboards`);
  await expect(page.getByTestId('dashboards')).not.toContainText('Mine');
});
