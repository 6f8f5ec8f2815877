import { rows, send, signIn } from './person';
import { expect, test } from './server';

const message = '利用者 髙橋 がログオンに失敗しました（端末：東京①号機、カナ：ｱｲｳ、絵文字：🗾、結合：が）';

test('in Japanese: words are Japanese, data is unharmed, and Enter that takes a word of an input method runs nothing', async ({ browser, complaints, server }) => {
  const context = await browser.newContext({ locale: 'ja-JP', ignoreHTTPSErrors: true, timezoneId: 'Asia/Tokyo' });
  complaints.watch(context);
  const line = `<13>1 ${new Date().toISOString()} 東京 app - - - ${message}`;
  await send(server, line, `<13>1 ${new Date().toISOString()} web01 app - - - nothing of it`);
  const page = await context.newPage();

  // On the sign-in page: Enter chooses a word first, and only then it submits.
  const ime = await context.newCDPSession(page);
  const enterInWord = async () => {
    await ime.send('Input.imeSetComposition', { text: 'とうきょう', selectionStart: 5, selectionEnd: 5 });
    await ime.send('Input.dispatchKeyEvent', { type: 'rawKeyDown', key: 'Enter', code: 'Enter', windowsVirtualKeyCode: 229 });
    await ime.send('Input.dispatchKeyEvent', { type: 'keyUp', key: 'Enter', code: 'Enter', windowsVirtualKeyCode: 13 });
  };
  await page.goto(`${server.url}/sign-in`);
  await expect(page.getByRole('button', { name: 'サインイン', exact: true })).toBeVisible();
  let asked = 0;
  page.on('request', (r) => {
    if (r.method() === 'POST') asked++;
  });
  await page.locator('input[name=password]').fill('x');
  await page.locator('input[name=username]').focus();
  await enterInWord();
  await ime.send('Input.insertText', { text: '東京' });
  await expect(page.locator('input[name=username]')).toHaveValue('東京');
  expect(asked).toBe(0);

  await signIn(context, server);
  await expect.poll(async () => (await rows(context, server, "SELECT COUNT(*) FROM events WHERE LOGSOURCETYPENAME(devicetype) <> 'Portolan' LAST 1 HOURS"))[0]?.[0]).toBe(2);
  await page.goto(`${server.url}/search`);
  await expect(page.locator('html')).toHaveAttribute('lang', 'ja');
  await expect(page.getByTestId('run')).toContainText('実行');
  await expect(page.getByTestId('time')).toContainText('Asia/Tokyo');

  const before = page.url();
  await page.getByTestId('editor').click();
  await page.keyboard.press('ControlOrMeta+A');
  await page.keyboard.press('Delete');
  await enterInWord();
  await ime.send('Input.insertText', { text: '髙橋' });
  await expect(page.getByTestId('editor')).toHaveText('髙橋');
  expect(page.url()).toBe(before);
  // The word is looked for as it was written.
  await page.keyboard.press('Control+Enter');
  await expect(page).not.toHaveURL(before);
  await expect(page.getByTestId('total')).toHaveText(/^[1-9]\d* 件$/);
  expect(new URL(page.url()).searchParams.get('q')).toContain('髙橋');

  const q = "SELECT starttime, UTF8(payload) AS line FROM events WHERE UTF8(payload) LIKE '%髙橋 が%' AND LOGSOURCETYPENAME(devicetype) <> 'Portolan'";
  await page.goto(`${server.url}/search?${new URLSearchParams({ q, last: '1h' })}`);
  await expect(page.getByTestId('total')).toHaveText('1 件');
  await expect(page.getByTestId('grid')).toContainText(message);
  await page.getByTestId('grid').getByRole('row').nth(1).locator('.lead').click();
  await expect(page.getByTestId('payload')).toHaveText(line);
  await expect(page.getByRole('heading', { name: '受信したまま' })).toBeVisible();
  const bytes = Buffer.from(line).length;
  await expect(page.getByTestId('detail')).toContainText(`${bytes} バイト`);
  // The address says all of it.
  await page.reload();
  await expect(page.getByTestId('payload')).toHaveText(line);
  await context.close();
});
