import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

/** Browsers that have `light-dark()`, `:has()` and everything WebRTC that the SDK asks for: two years of each. */
const BROWSERS = ['chrome123', 'edge123', 'firefox128', 'safari17.5'];

/** Where `npm run dev` finds the server's addresses. */
const SERVER = process.env['MARU_SERVER'] ?? 'http://127.0.0.1:7000';

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  resolve: { conditions: ['@maru/source', 'module', 'browser', 'import', 'default'] },
  build: {
    target: BROWSERS,
    outDir: 'dist',
    emptyOutDir: true,
    manifest: true, // the build checks its size budget with it
    assetsInlineLimit: 0, // the Content-Security-Policy knows no data: fonts or scripts
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    sourcemap: true,
    rolldownOptions: {
      input: ['index.html', 'relay.html', 'media.html'].map((page) => fileURLToPath(new URL(page, import.meta.url))),
    },
  },
  server: {
    proxy: {
      '/app': { target: SERVER, secure: false },
      '/v1': { target: SERVER, secure: false, ws: true },
    },
  },
});
