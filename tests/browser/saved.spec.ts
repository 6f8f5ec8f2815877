import { AxeBuilder } from '@axe-core/playwright';
import { signIn } from './person';
import { expect, test } from './server';

const text = "SELECT username, sourceip FROM events WHERE login = 'failed'";

test('a search is saved, opened, changed and removed; one that is shared is copied', async ({ context, page, server }) => {
  await signIn(context, server);
  // Of another, who shares it.
  const { csrf } = (await (await context.request.get(`${server.url}/api/portolan/session`)).json()) as { csrf: string };
  const post = (path: string, data: object, headers: Record<string, string>) => context.request.post(`${server.url}/api/portolan/${path}`, { data, headers });
  const password = 'a boat in the morning';
  expect((await post('users', { name: 'bob', role: 'analyst', password, mustSetPassword: false }, { 'X-CSRF': csrf })).ok()).toBe(true);
  const bob = { Authorization: `Basic ${Buffer.from(`bob:${password}`).toString('base64')}`, Cookie: '' };
  expect((await post('saved-searches', { name: "Bob's <b>", aql: 'SELECT hostname FROM events', shared: true }, bob)).status()).toBe(201);

  await page.goto(`${server.url}/search?${new URLSearchParams({ q: text, last: '6h' })}`);
  await page.getByRole('button', { name: 'Saved', exact: true }).click();
  const dialog = page.getByRole('dialog');
  const list = page.getByTestId('saved');
  await dialog.getByLabel('Save this search as').fill('Failed logins');
  await page.keyboard.press('Enter');
  await expect(list).toContainText(`${text} LAST 6 HOURS`);
  await expect(list).toContainText('of bob');
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);

  await list.getByRole('button', { name: 'Change Failed logins' }).click();
  await dialog.getByLabel('Name', { exact: true }).fill('Refused');
  await list.getByLabel('Others may see it').check();
  await list.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(list.getByRole('button', { name: /^Refused/ })).toContainText('shared');
  await list.getByRole('button', { name: "Make Bob's <b> mine" }).click();
  await expect(list.getByRole('button', { name: "Change Bob's <b>" })).toBeVisible();

  await page.goto(`${server.url}/search?${new URLSearchParams({ q: 'SELECT qid FROM events', last: '15m' })}`);
  await page.getByRole('button', { name: 'Saved', exact: true }).click();
  await list.getByRole('button', { name: /^Refused/ }).press('Enter');
  await expect(dialog).toHaveCount(0);
  // It says its time, and the picker says the same.
  await expect(page.getByTestId('editor')).toHaveText(`${text} LAST 6 HOURS`);
  await expect(page.getByTestId('time')).toContainText('Last 6 h');
  expect(new URL(page.url()).searchParams.get('last')).toBe(null);

  await page.getByRole('button', { name: 'Saved', exact: true }).click();
  await list.getByRole('button', { name: 'Remove Refused' }).click();
  await list.getByRole('button', { name: 'Remove', exact: true }).click();
  await expect(list).not.toContainText('Refused');
});
