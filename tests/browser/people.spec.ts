import { signIn } from './person';
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
