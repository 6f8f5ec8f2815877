import type { Page } from '@playwright/test';
import { own, replaced, rows, signIn } from './person';
import { expect, test } from './server';

// In this order: the first of these tests makes the password that the others use.
test.describe.configure({ mode: 'serial' });

const enter = async (page: Page, name: string, password: string): Promise<void> => {
  await page.getByLabel('Name').fill(name);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
};

test('the first sign-in asks for a password of one\'s own, and leads to where one wanted to go', async ({ page, server }) => {
  await page.goto(`${server.url}/ledger`);
  await expect(page).toHaveURL(`${server.url}/sign-in?back=%2Fledger`);
  await enter(page, 'admin', server.password);
  await expect(page.getByRole('status')).toHaveText('Choose a password of your own to go on.');
  // Nothing else opens before: not by the address bar, not by the interface.
  expect((await page.request.get(`${server.url}/api/portolan/status`)).status()).toBe(403);
  await page.goto(`${server.url}/ledger`);
  await expect(page).toHaveURL(/\/sign-in/);

  await page.getByLabel('New password').fill(own);
  await page.getByLabel('The same again').fill(`${own}.`);
  await page.getByRole('button', { name: 'Set the password' }).click();
  await expect(page.getByRole('alert')).toHaveText('The two are not the same.');
  await page.getByLabel('The same again').fill(own);
  await page.getByRole('button', { name: 'Set the password' }).click();
  await expect(page).toHaveURL(`${server.url}/ledger`);
  replaced(server);
  await expect(page.getByRole('heading', { name: 'Ledger' })).toBeVisible();
});

test('a wrong password says nothing of who exists, and five of them shut the door', async ({ complaints, page, server }) => {
  complaints.expected.push(/status of (401|429) .*\/api\/portolan\/session$/);
  await page.goto(`${server.url}/sign-in`);
  const said = async (name: string): Promise<string> => {
    await enter(page, name, 'not the password');
    const answer = await page.waitForResponse((r) => r.url().endsWith('/api/portolan/session') && r.request().method() === 'POST');
    expect(answer.status()).toBe(401);
    await expect(page.getByRole('alert')).toHaveText('Name or password is wrong.');
    await expect(page.getByLabel('Password')).toHaveValue('');
    return (await answer.text()).replaceAll(name, 'NAME');
  };
  const unknown = await said('nobody-here');
  expect(await said('admin')).toBe(unknown);
  expect(unknown).not.toContain('not the password');
  for (let i = 2; i <= 5; i++) await said('nobody-here');
  await enter(page, 'nobody-here', 'not the password');
  await expect(page.getByText('Too many attempts')).toBeVisible();
  // Whom it does not concern can still come in.
  await enter(page, 'admin', own);
  await expect(page).toHaveURL(`${server.url}/overview`);
});

test('a session that ended leads back to where one was', async ({ complaints, context, page, server }) => {
  complaints.expected.push(/status of 401 /);
  await signIn(context, server);
  const text = "SELECT starttime, username FROM events WHERE username = 'ann'";
  await page.goto(`${server.url}/search?${new URLSearchParams({ q: text, last: '3h' })}`);
  await expect(page.getByTestId('state')).toHaveAttribute('data-state', 'done');
  const { csrf } = await (await page.request.get(`${server.url}/api/portolan/session`)).json();
  // As if it had run out: the server ends it, and the page does not know.
  expect((await page.request.delete(`${server.url}/api/portolan/session`, { headers: { 'X-CSRF': csrf } })).ok()).toBe(true);
  // Whatever the page asks next tells it; what it still had to ask may do so before the click.
  await page.getByTestId('run').click({ timeout: 3000 }).catch(() => {});
  await expect(page.getByText('Your session has ended. Sign in to go on where you were.')).toBeVisible();
  await enter(page, 'admin', own);
  await expect(page).toHaveURL(`${server.url}/search?${new URLSearchParams({ q: text, last: '3h' })}`);
  await expect(page.getByTestId('editor')).toHaveText(text);
});

test('a program\'s token works until it is revoked, and one that has expired never does', async ({ context, playwright, server }) => {
  await signIn(context, server);
  const { csrf } = await (await context.request.get(`${server.url}/api/portolan/session`)).json();
  const headers = { 'X-CSRF': csrf };
  const made = await context.request.post(`${server.url}/api/portolan/tokens`, { headers, data: { name: 'reader', role: 'viewer', days: 1 } });
  expect(made.ok(), await made.text()).toBe(true);
  const secret = /"(ptl_[^"]+|[A-Za-z0-9_-]{30,})"/.exec(await made.text())?.[1];
  const program = await playwright.request.newContext({ ignoreHTTPSErrors: true, extraHTTPHeaders: { SEC: secret ?? '' } });
  const status = async () => (await program.get(`${server.url}/api/portolan/status`)).status();
  expect(await status()).toBe(200);
  expect((await program.get(`${server.url}/api/portolan/users`)).status()).toBe(403);
  expect((await context.request.delete(`${server.url}/api/portolan/tokens/reader`, { headers })).ok()).toBe(true);
  expect(await status()).toBe(401);
  await program.dispose();
});

test('a viewer sees events and nothing of an administrator', async ({ browser, complaints, context, server }) => {
  await signIn(context, server);
  const { csrf } = await (await context.request.get(`${server.url}/api/portolan/session`)).json();
  const added = await context.request.post(`${server.url}/api/portolan/users`, { headers: { 'X-CSRF': csrf }, data: { name: 'vera', role: 'viewer', password: 'a lighthouse in the fog', mustSetPassword: false } });
  expect(added.ok(), await added.text()).toBe(true);

  const other = await browser.newContext({ ignoreHTTPSErrors: true });
  complaints.watch(other);
  const page = await other.newPage();
  await page.goto(`${server.url}/search`);
  await enter(page, 'vera', 'a lighthouse in the fog');
  await expect(page.getByTestId('state')).toHaveAttribute('data-state', 'done');
  await expect(page.getByRole('button', { name: 'vera Viewer' })).toBeVisible();
  await expect(page.getByRole('navigation').getByRole('link', { name: /users|people|tokens/i })).toHaveCount(0);
  expect(await rows(other, server, 'SELECT COUNT(*) FROM events LAST 1 HOURS')).toHaveLength(1);
  const own = { 'X-CSRF': (await (await other.request.get(`${server.url}/api/portolan/session`)).json()).csrf as string };
  for (const path of ['users', 'tokens']) {
    expect((await other.request.get(`${server.url}/api/portolan/${path}`)).status(), path).toBe(403);
    expect((await other.request.post(`${server.url}/api/portolan/${path}`, { headers: own, data: { name: 'eve', role: 'admin' } })).status(), path).toBe(403);
  }
  // A change without the header that only its own page knows is refused, whoever asks.
  expect((await context.request.post(`${server.url}/api/portolan/users`, { data: { name: 'eve', role: 'admin' } })).status()).toBe(403);
  await other.close();
});
