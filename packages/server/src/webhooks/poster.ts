import { type LookupAddress, lookup } from 'node:dns';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { isPublicAddress } from './public-address.js';

/** What became of a post: the status of the answer, or why there was none. */
export type PostResult = { readonly status: number } | { readonly failure: string };

/** Posts `body` once. Never rejects. */
export type Poster = (url: string, headers: Readonly<Record<string, string>>, body: string) => Promise<PostResult>;

const TIMEOUT_MS = 10_000;

/**
 * Posts over HTTP(S) without following redirects. Unless `mayBePrivate`, the address that a name stands for is looked at
 * when connecting, so that no name and no change of it leads into a private network (S-91).
 */
export function httpPoster(mayBePrivate: boolean): Poster {
  return (url, headers, body) =>
    new Promise((resolve) => {
      const target = new URL(url);
      const literal = target.hostname.replace(/^\[|\]$/g, '');
      if (!mayBePrivate && isIP(literal) && !isPublicAddress(literal)) return resolve({ failure: PRIVATE });
      const request = (target.protocol === 'https:' ? httpsRequest : httpRequest)(target, {
        method: 'POST',
        headers: {
          ...headers,
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(body),
          'user-agent': 'maru',
        },
        agent: false,
        timeout: TIMEOUT_MS,
        ...(!mayBePrivate && { lookup: publicLookup }),
      });
      const deadline = setTimeout(() => request.destroy(new Error('no answer in time')), TIMEOUT_MS);
      const settle = (result: PostResult): void => {
        clearTimeout(deadline);
        resolve(result);
        request.destroy();
      };
      request.on('response', (response) => settle({ status: response.statusCode ?? 0 }));
      request.on('error', (error) => settle({ failure: error.message }));
      request.end(body);
    });
}

const PRIVATE = 'the address is not of the public internet; --webhook-private allows such addresses';

/** Resolves like dns.lookup, to public addresses only. */
const publicLookup: LookupFunction = (hostname, options, callback) => {
  lookup(hostname, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
    const open = error ? [] : addresses.filter(({ address }) => isPublicAddress(address));
    const [first] = open;
    if (error || !first) callback(error ?? Object.assign(new Error(PRIVATE), { code: 'EPRIVATE' }), '', 0);
    else if (options.all) callback(null, open);
    else callback(null, first.address, first.family);
  });
};
