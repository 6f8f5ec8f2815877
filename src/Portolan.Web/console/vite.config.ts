import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';

// `npm run dev` shows the console of a running server (PORTOLAN_URL), with the sources of this folder.
const server = process.env.PORTOLAN_URL ?? 'https://127.0.0.1:10443';

export default defineConfig({
  plugins: [svelte()],
  build: {
    target: 'es2022',
    outDir: '../../../artifacts/console',
    emptyOutDir: true,
    // The licences of what is bundled go with it.
    license: { fileName: 'licenses.md' },
    // A data: URI would need a hole in the content security policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: { checks: { bundlerTimings: false } },
  },
  server: { proxy: { '/api': { target: server, secure: false } } },
  test: { include: ['src/**/*.test.ts'], environment: 'node' },
});
