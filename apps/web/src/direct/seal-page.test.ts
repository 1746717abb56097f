import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { sealPage } from './seal-page.mjs';

const hash = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
const PAGE =
  '<head><!--csp--><style>a{color:red}</style></head><body><script type="module" crossorigin>let x = "$& 마루";\n</script></body>';

test('the page allows its own script and style by their hashes', () => {
  const { policy } = sealPage(PAGE);
  expect(policy).toContain(`script-src ${hash('let x = "$& 마루";\n')};`);
  expect(policy).toContain(`style-src ${hash('a{color:red}')};`);
});
test('nothing else: no other place, no inline code that is not named', () => {
  const { policy } = sealPage(PAGE);
  expect(policy).toMatch(/^default-src 'none';/);
  expect(policy).not.toMatch(/unsafe|https?:|\*/);
});
test('the page carries the policy and is otherwise unchanged', () => {
  const { html, policy } = sealPage(PAGE);
  expect(html).toBe(PAGE.replace('<!--csp-->', () => `<meta http-equiv="Content-Security-Policy" content="${policy}" />`));
});
test('a page without code allows none', () => {
  expect(sealPage('<!--csp-->').policy).toContain("script-src 'none'; style-src 'none'");
});
