import { expect, test } from './server';

test('the sign-in page is served', async ({ page, server }) => {
  const answer = await page.goto(`${server.url}/sign-in`);
  expect(answer?.status()).toBe(200);
  await expect(page).toHaveTitle('Sign in · Portolan');
});
