import { corpus, size, type Corpus } from './corpus';
import { imported, own, replaced } from './person';
import { expect, test } from './server';

let data: Corpus;
test.beforeAll(async ({ server }) => {
  data = corpus(Date.now());
  // The newest thousand of them.
  await imported(server, data.lines.slice(-1000));
});

test('all of it by the keyboard alone: sign in, search, draw a stretch, filter, open, close, sign out', async ({ page, server }) => {
  const key = page.keyboard;
  /** Tab until what is named has the focus: there is a way to it, and it is not endless. */
  const tabTo = async (name: RegExp): Promise<void> => {
    for (let i = 0; i < 120; i++) {
      const here = await page.evaluate(() => {
        const e = document.activeElement;
        return e && e !== document.body ? `${e.getAttribute('data-testid') ?? ''} ${e.getAttribute('aria-label') ?? ''} ${e.textContent?.trim() ?? ''}` : '';
      });
      if (name.test(here)) return;
      await key.press('Tab');
    }
    throw new Error(`Tab never comes to ${name}`);
  };

  await page.goto(`${server.url}/search`);
  await expect(page.getByLabel('Name')).toBeFocused();
  await key.type('admin');
  await key.press('Tab');
  await key.type(server.password);
  await key.press('Enter');
  await expect(page.getByLabel('New password')).toBeVisible();
  if (!(await page.getByLabel('New password').evaluate((e) => e === document.activeElement))) await key.press('Tab');
  await expect(page.getByLabel('New password')).toBeFocused();
  await key.type(own);
  await key.press('Tab');
  await key.type(own);
  await key.press('Enter');
  await expect(page.getByTestId('state')).toHaveAttribute('data-state', 'done');
  replaced(server);

  await key.press('/');
  await expect(page.getByTestId('editor')).toBeFocused();
  await key.press('ControlOrMeta+A');
  await key.type('SELECT starttime, username, UTF8(payload) AS line FROM events WHERE LOGSOURCETYPENAME(devicetype) = \'Linux OS\'');
  await key.press('Control+Enter');
  const total = page.getByTestId('total');
  // Of this search, and not of the one before.
  await expect(page).toHaveURL(/Linux(\+|%20)OS/);
  await expect(page.getByTestId('state')).toHaveAttribute('data-state', 'done');
  await expect(total).toHaveAttribute('data-rows', '1000');
  await key.press('Escape');

  // A stretch: from the last bar that has rows on to the left.
  await tabTo(/^histogram /);
  for (let i = 0; i < 12; i++) await key.press('ArrowLeft');
  for (let i = 0; i < 60; i++) await key.press('Shift+ArrowLeft');
  await key.press('Enter');
  await expect(page).toHaveURL(/from=/);
  await expect(page.getByTestId('state')).toHaveAttribute('data-state', 'done');
  await page.goBack();
  await expect(total).toHaveAttribute('data-rows', '1000');

  // Walk to the third row, filter by its user.
  await tabTo(/^grid /);
  for (let i = 0; i < 3; i++) await key.press('ArrowDown');
  await key.press('ArrowRight');
  await key.press(' ');
  await expect(page.getByTestId('value-menu')).toBeVisible();
  const user = /Failed password for (\w+)/.exec(data.lines[size - 3]!)![1]!;
  await expect(page.getByRole('menuitem', { name: 'Only with this value' })).toBeFocused();
  await key.press('Enter');
  await expect(page.getByTestId('editor')).toHaveText(new RegExp(`AND username = '${user}'`));
  const expected = data.lines.slice(-1000).filter((l) => l.includes(`for ${user} `));
  await expect(total).toHaveAttribute('data-rows', String(expected.length));

  await tabTo(/^grid /);
  await key.press('j');
  await key.press('j');
  await key.press('Enter');
  await expect(page.getByTestId('payload')).toHaveText(expected.at(-2)!);
  await key.press('j');
  await expect(page.getByTestId('payload')).toHaveText(expected.at(-3)!);
  await key.press('Escape');
  await expect(page.getByTestId('detail')).toHaveCount(0);
  await expect(page.getByTestId('grid')).toBeFocused();
  await key.press('?');
  await expect(page.getByRole('dialog', { name: 'Keys' })).toBeVisible();
  await key.press('Escape');
  await expect(page.getByRole('dialog')).toHaveCount(0);

  await tabTo(/admin Administrator/);
  await key.press('Enter');
  await expect(page.getByRole('menuitem', { name: 'Sign out' })).toBeFocused();
  await key.press('Enter');
  await expect(page).toHaveURL(`${server.url}/sign-in`);
  await page.goto(`${server.url}/search`);
  await expect(page).toHaveURL(/\/sign-in/);
});
