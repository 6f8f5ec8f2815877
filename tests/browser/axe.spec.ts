import { AxeBuilder } from '@axe-core/playwright';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { imported, rows, signIn, sshd } from './person';
import { expect, test, top } from './server';

// Every page of the console, with something on it. A page that is not named here fails: the list is held against the console's own.
const pages: Record<string, string> = {
  '/overview': '/overview',
  '/search': `/search?${new URLSearchParams({ q: 'SELECT starttime, username, sourceip, UTF8(payload) AS line FROM events', last: '24h' })}`,
  '/tail': '/tail',
  '/dashboards': '/dashboards',
  '/dashboards/:id': '/dashboards/security-morning',
  '/sources': '/sources',
  '/sources/add': '/sources/add?type=rsyslog&over=tcp',
  '/sources/:id': '/sources/ID',
  '/ledger': '/ledger',
  '/address/:address': '/address/198.51.100.9',
  '/user/:user': '/user/fay',
  '/host/:host': '/host/bastion01',
  '/people': '/people',
  '/event/:eventid': '/event/EVENT',
  '/sign-in': '/sign-in',
};

test.beforeAll(async ({ server }) => {
  const now = Date.now();
  await imported(server, [
    ...['ann', 'ben', 'cho', 'dee', 'eva', 'fay'].map((user, i) => sshd('bastion01', now - 600_000 + i * 1000, `Failed password for ${user} from 198.51.100.9 port ${4000 + i} ssh2`)),
    sshd('bastion01', now - 590_000, 'Accepted password for fay from 198.51.100.9 port 40100 ssh2'),
  ]);
});

test('axe finds nothing on any page, light or dark', async ({ complaints, context, page, server }) => {
  test.slow();
  // The search that is refused.
  complaints.expected.push(/status of 422 /);
  const known = [...readFileSync(join(top, 'src/Portolan.Web/console/src/pages/index.ts'), 'utf8').matchAll(/page\('([^']+)'/g)].map((m) => m[1]);
  expect(known.length).toBeGreaterThan(5);
  expect(known.filter((path) => !(path! in pages))).toEqual([]);
  await signIn(context, server);
  const [[event]] = (await rows(context, server, "SELECT eventid FROM events WHERE username = 'fay' LIMIT 1 LAST 24 HOURS")) as [[string]];
  const { sources } = (await (await context.request.get(`${server.url}/api/portolan/log-sources`)).json()) as { sources: { id: number }[] };
  const found: string[] = [];
  const look = async (name: string, only?: string): Promise<void> => {
    const axe = new AxeBuilder({ page });
    const { violations } = await (only ? axe.withRules(only) : axe).analyze();
    for (const v of violations) for (const n of v.nodes) found.push(`${name}: ${v.id}: ${n.target.join(' ')}: ${n.failureSummary?.split('\n')[1]?.trim() ?? v.help}`);
  };
  const both = async (name: string): Promise<void> => {
    await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
    await look(`${name} light`);
    // What is there is the same in both; only how it looks is another.
    await page.emulateMedia({ colorScheme: 'dark', reducedMotion: 'reduce' });
    await look(`${name} dark`, 'color-contrast');
  };
  for (const [path, sample] of Object.entries(pages)) {
    await page.goto(server.url + sample.replace('EVENT', event).replace('ID', String(sources[0]!.id)));
    await expect(page.getByRole('heading', { level: 1 })).toBeAttached();
    await expect(page.getByText('Loading…')).toHaveCount(0);
    if (path === '/search') await expect(page.getByTestId('state')).toHaveAttribute('data-state', 'done');
    await both(path);
    if (path !== '/search') continue;
    // With all that it can open.
    await page.getByTestId('grid').getByRole('row').nth(1).locator('.lead').click();
    await expect(page.getByTestId('payload')).toBeVisible();
    await both('/search, an event open');
    await page.getByTestId('grid').locator('.value').first().click();
    await look('/search, what to do with a value');
    await page.keyboard.press('Escape');
    await page.getByTestId('time').click();
    await look('/search, time');
    await page.keyboard.press('Escape');
    await page.goto(`${server.url}/search?${new URLSearchParams({ q: 'SELECT username, COUNT(*) AS n FROM events GROUP BY username', last: '24h', view: 'bar' })}`);
    await expect(page.getByTestId('chart')).toBeVisible();
    await both('/search, a chart');
    await page.goto(`${server.url}/search?${new URLSearchParams({ q: 'SELECT nonsense FROM nowhere', last: '24h' })}`);
    await expect(page.getByTestId('state')).toHaveAttribute('data-state', 'failed');
    await both('/search, refused');
  }
  expect(found).toEqual([]);
});
