/** The browsers whose way of giving permission back differs; keys of `permission` in the dictionary. */
export type PermissionGuide =
  | 'chromiumDesktop'
  | 'firefoxDesktop'
  | 'safariDesktop'
  | 'chromeAndroid'
  | 'firefoxAndroid'
  | 'safariIos'
  | 'other';
export type BrowserName = 'chromium' | 'edge' | 'firefox' | 'safari' | 'samsung' | 'thisBrowser';

export interface Browser {
  readonly guide: PermissionGuide;
  readonly name: BrowserName;
}

/** Which browser this is, as far as its user agent says; only words depend on it, never behaviour. */
export function browserOf(userAgent: string, maxTouchPoints = 0): Browser {
  // An iPad says it is a Mac; no Mac has a touch screen.
  const isApple = /iPhone|iPad|iPod/.test(userAgent) || (/Macintosh/.test(userAgent) && maxTouchPoints > 1);
  if (isApple) return { guide: 'safariIos', name: 'safari' };
  const isAndroid = /Android/.test(userAgent);
  if (/Firefox\//.test(userAgent)) return { guide: isAndroid ? 'firefoxAndroid' : 'firefoxDesktop', name: 'firefox' };
  if (/SamsungBrowser\//.test(userAgent)) return { guide: 'chromeAndroid', name: 'samsung' };
  if (/Edg(A|)\//.test(userAgent)) return { guide: isAndroid ? 'chromeAndroid' : 'chromiumDesktop', name: 'edge' };
  if (/Chrom(e|ium)\//.test(userAgent)) return { guide: isAndroid ? 'chromeAndroid' : 'chromiumDesktop', name: 'chromium' };
  if (/Safari\//.test(userAgent)) return { guide: 'safariDesktop', name: 'safari' };
  return { guide: 'other', name: 'thisBrowser' };
}
