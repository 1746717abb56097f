import { createHash } from 'node:crypto';

/**
 * Names every inline script and style by its hash in a Content-Security-Policy, which allows nothing else.
 * @param {string} page
 * @returns {{ html: string, policy: string }}
 */
export function sealPage(page) {
  const scripts = [...page.matchAll(/<script\b[^>]*>([\s\S]*?)<\/script>/g)].map((match) => hashOf(match[1]));
  const styles = [...page.matchAll(/<style\b[^>]*>([\s\S]*?)<\/style>/g)].map((match) => hashOf(match[1]));
  const policy = [
    "default-src 'none'",
    `script-src ${scripts.join(' ') || "'none'"}`,
    `style-src ${styles.join(' ') || "'none'"}`,
    'img-src data: blob:',
    'media-src blob:',
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  return { html: page.replace('<!--csp-->', `<meta http-equiv="Content-Security-Policy" content="${policy}" />`), policy };
}

function hashOf(text) {
  return `'sha256-${createHash('sha256').update(text, 'utf8').digest('base64')}'`;
}
