import { send, signIn, sshd } from './person';
import { expect, test } from './server';

test.beforeEach(({ context, server }) => signIn(context, server));

test('the line just sent appears, its detail shows its bytes, and pause keeps counting', async ({ page, server }) => {
  await page.goto(`${server.url}/tail`);
  await expect(page.getByTestId('tail-state')).toHaveAttribute('data-state', 'live');
  const line = sshd('live01', Date.now(), 'Accepted publickey for gus from 192.0.2.77 port 50000 ssh2: ED25519 SHA256:<img src=x onerror=alert(1)>');
  await send(server, line);
  const row = page.getByTestId('tail').getByRole('row').filter({ hasText: 'live01' });
  await expect(row).toContainText('gus');
  await expect(row).toContainText('<img src=x onerror=alert(1)>');
  await row.getByText(line).click();
  await expect(page.getByTestId('payload')).toHaveText(line);
  await expect(page).toHaveURL(/[?&]event=/);
  await page.keyboard.press('Escape');
  await expect(page.getByTestId('detail')).toBeHidden();

  await page.keyboard.press('p');
  await send(server, sshd('live02', Date.now(), 'Accepted publickey for hal from 192.0.2.78 port 50000 ssh2: ED25519 SHA256:x'), sshd('live02', Date.now(), 'Accepted publickey for ivy from 192.0.2.79 port 50000 ssh2: ED25519 SHA256:x'));
  await expect(page.getByTestId('tail-state')).toHaveText(/Paused: 2 new/);
  await expect(page.getByTestId('tail')).not.toContainText('live02');
  await page.keyboard.press('p');
  await expect(page.getByTestId('tail').getByRole('row').filter({ hasText: 'live02' })).toHaveCount(2);
});

test('a value filters the stream, and a condition that AQL refuses says why', async ({ complaints, page, server }) => {
  complaints.expected.push(/status of 4(00|22) /);
  await page.goto(`${server.url}/tail?where=${encodeURIComponent("username = 'jon'")}`);
  await expect(page.getByTestId('tail-state')).toHaveAttribute('data-state', 'live');
  const at = Date.now();
  await send(server, sshd('live03', at, 'Accepted publickey for kim from 192.0.2.80 port 50000 ssh2: ED25519 SHA256:x'), sshd('live03', at, 'Accepted publickey for jon from 192.0.2.81 port 50000 ssh2: ED25519 SHA256:x'));
  await expect(page.getByTestId('tail')).toContainText('192.0.2.81');
  await expect(page.getByTestId('tail')).not.toContainText('192.0.2.80');
  await page.getByTestId('tail').getByText('192.0.2.81', { exact: true }).click();
  await page.getByRole('menuitem', { name: 'Only with this value' }).click();
  await expect(page).toHaveURL((url) => url.searchParams.get('where') === "username = 'jon' AND sourceip = '192.0.2.81'");

  await page.goto(`${server.url}/tail?where=${encodeURIComponent('nosuchfield = 1')}`);
  await expect(page.getByRole('alert')).toContainText('nosuchfield');
});
