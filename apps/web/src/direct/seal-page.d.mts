/** Names every inline script and style by its hash in a Content-Security-Policy, which allows nothing else. */
export function sealPage(page: string): { readonly html: string; readonly policy: string };
