import { rows, send, signIn, sshd } from './person';
import { expect, test } from './server';

test('an admin adds a user, whose first sign-in asks for a password; what a viewer may not see is not offered', async ({ browser, context, page, server }) => {
  await signIn(context, server);
  await page.goto(`${server.url}/people`);
  await expect(page.getByTestId('users').getByRole('row')).toHaveCount(2);
  await page.getByRole('button', { name: 'Add a user' }).click();
  await page.getByLabel('Name').fill('vera');
  await page.getByLabel('First password').fill('a long first password 1');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByRole('dialog')).toBeHidden();
  await expect(page.getByTestId('users').getByRole('row').filter({ hasText: 'vera' })).toContainText('Viewer');

  const other = await browser.newContext({ ignoreHTTPSErrors: true, locale: 'en-GB' });
  const theirs = await other.newPage();
  await theirs.goto(`${server.url}/people`);
  await theirs.getByLabel('Name').fill('vera');
  await theirs.getByLabel('Password').fill('a long first password 1');
  await theirs.getByRole('button', { name: 'Sign in' }).click();
  await theirs.getByLabel('New password').fill('a password of my own 2');
  await theirs.getByLabel('The same again').fill('a password of my own 2');
  await theirs.getByRole('button', { name: 'Set the password' }).click();
  // Where the person wanted to go: it may not, and is told so; the navigation does not offer it.
  await expect(theirs.locator('[data-fault=Forbidden]')).toBeVisible();
  await expect(theirs.getByRole('link', { name: 'Overview' })).toBeVisible();
  await expect(theirs.getByRole('link', { name: 'People' })).toHaveCount(0);
  await other.close();

  await page.getByRole('button', { name: 'Remove vera' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
  await expect(page.getByTestId('users').getByRole('row')).toHaveCount(2);
});

test('who sees some rows only begins where there are rows, and is told what is not for such a one', async ({ browser, complaints, context, server }) => {
  await signIn(context, server);
  const { csrf } = (await (await context.request.get(`${server.url}/api/portolan/session`)).json()) as { csrf: string };
  const password = 'a lighthouse in the fog';
  const added = await context.request.post(`${server.url}/api/portolan/users`, { headers: { 'X-CSRF': csrf }, data: { name: 'wim', role: 'analyst', password, mustSetPassword: false, scope: "username = 'gus'" } });
  expect(added.ok(), await added.text()).toBe(true);
  const line = sshd('bastion01', Date.now(), 'Accepted publickey for gus from 192.0.2.77 port 50000 ssh2: ED25519 SHA256:x');
  await send(server, line, sshd('bastion01', Date.now(), 'Accepted publickey for hal from 192.0.2.77 port 50000 ssh2: ED25519 SHA256:x'));
  await expect.poll(async () => (await rows(context, server, "SELECT COUNT(*) FROM events WHERE sourceip = '192.0.2.77' LAST 1 HOURS"))[0]?.[0]).toBe(2);

  const other = await browser.newContext({ ignoreHTTPSErrors: true });
  complaints.watch(other);
  await other.request.post(`${server.url}/api/portolan/session`, { data: { name: 'wim', password } });
  const page = await other.newPage();
  await page.goto(`${server.url}/`);
  await expect(page).toHaveURL(`${server.url}/search`);
  expect(await page.getByRole('navigation').getByRole('link').allInnerTexts()).toEqual(['Search', 'Live', 'Dashboards']);
  await expect(page.getByTestId('grid')).toHaveAttribute('data-rows', '1');
  await page.getByTestId('grid').getByRole('row').nth(1).locator('.lead').click();
  await expect(page.getByTestId('payload')).toHaveText(line);
  await page.goto(`${server.url}/address/192.0.2.77`);
  await expect(page.getByTestId('total')).toHaveAttribute('data-count', '1');
  await expect(page.getByTestId('who')).toContainText('you may see events only');
  await other.close();
});

test('a token is shown once, and opens the API', async ({ context, page, playwright, server }) => {
  await signIn(context, server);
  await page.goto(`${server.url}/people`);
  await page.getByRole('button', { name: 'Make a token' }).click();
  await page.getByLabel('What for').fill('nightly');
  await page.getByRole('button', { name: 'Make it' }).click();
  const secret = await page.getByTestId('secret').innerText();
  await page.keyboard.press('Escape');
  await expect(page.getByTestId('tokens')).toContainText('nightly');
  await expect(page.locator('body')).not.toContainText(secret);
  const program = await playwright.request.newContext({ ignoreHTTPSErrors: true, extraHTTPHeaders: { SEC: secret } });
  expect((await program.get(`${server.url}/api/portolan/status`)).status()).toBe(200);
  await page.getByRole('button', { name: 'Remove nightly' }).click();
  await page.getByRole('button', { name: 'Revoke', exact: true }).last().click();
  await expect(page.getByTestId('tokens')).toHaveCount(0);
  expect((await program.get(`${server.url}/api/portolan/status`)).status()).toBe(401);
  await program.dispose();
});
