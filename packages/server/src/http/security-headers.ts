/** Headers of every answer: nothing is guessed, nothing is framed, no address leaks to others (S-90). */
export const BASE_HEADERS: Readonly<Record<string, string>> = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
};

/**
 * Headers of pages. `host` is what the browser called us; it may open WebSockets there (older Safari does not count them to 'self').
 * A page that carries a policy of its own is sent with that one, since browsers apply both.
 */
export function pageHeaders(host: string | undefined, ownPolicy?: string): Readonly<Record<string, string>> {
  return {
    ...BASE_HEADERS,
    'content-security-policy': ownPolicy === undefined ? appPolicy(host) : `${ownPolicy}; frame-ancestors 'none'`,
    // only features that Chromium knows: it warns of each other one in the console of every page
    'permissions-policy':
      'camera=(self), microphone=(self), display-capture=(self), fullscreen=(self), picture-in-picture=(self), speaker-selection=(self), autoplay=(self), clipboard-write=(self), screen-wake-lock=(self), geolocation=(), payment=(), usb=(), serial=(), hid=(), midi=()',
    'x-frame-options': 'DENY',
  };
}

function appPolicy(host: string | undefined): string {
  const sockets = host !== undefined && /^[A-Za-z0-9.:[\]-]{1,255}$/.test(host) ? ` ws://${host} wss://${host}` : '';
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data: blob:",
    "font-src 'self'",
    "media-src 'self' blob: mediastream:",
    "worker-src 'self' blob:",
    "manifest-src 'self'",
    `connect-src 'self' blob:${sockets}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}
