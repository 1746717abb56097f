/** Headers of every answer: nothing is guessed, nothing is framed, no address leaks to others (S-90). */
export const BASE_HEADERS: Readonly<Record<string, string>> = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
};

/** Headers of pages. `host` is what the browser called us; it may open WebSockets there (older Safari does not count them to 'self'). */
export function pageHeaders(host: string | undefined): Readonly<Record<string, string>> {
  const sockets = host !== undefined && /^[A-Za-z0-9.:[\]-]{1,255}$/.test(host) ? ` ws://${host} wss://${host}` : '';
  const policy = [
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
  return {
    ...BASE_HEADERS,
    'content-security-policy': policy,
    'permissions-policy':
      'camera=(self), microphone=(self), display-capture=(self), fullscreen=(self), picture-in-picture=(self), speaker-selection=(self), autoplay=(self), clipboard-write=(self), screen-wake-lock=(self), geolocation=(), payment=(), usb=(), serial=(), bluetooth=(), hid=(), midi=()',
    'x-frame-options': 'DENY',
  };
}
