import { defineConfig } from '@playwright/test';
import { browser, top } from './server';

export default defineConfig({
  testDir: '.',
  outputDir: `${top}/artifacts/browser/results`,
  // Two cores: one page at a time and no second try; what fails only sometimes fails.
  workers: 1,
  retries: 0,
  forbidOnly: true,
  timeout: 60_000,
  reporter: [['list'], ['json', { outputFile: `${top}/artifacts/browser/report.json` }]],
  use: {
    ignoreHTTPSErrors: true,
    locale: 'en-GB',
    timezoneId: 'UTC',
    viewport: { width: 1280, height: 800 },
    launchOptions: { executablePath: browser },
    screenshot: 'only-on-failure',
  },
});
