import fc from 'fast-check';
import { expect, test } from 'vitest';
import { StunEncoder, XorMappedAddress, XorPeerAddress, XorRelayedAddress } from '../../stun/index.js';
import { XorMappedEndpoint, XorPeerEndpoint, XorRelayedEndpoint } from './endpoint-attributes.js';
import { IpEndpoint } from './ip-endpoint.js';

const ID = Uint8Array.from({ length: 12 }, (_, i) => 0xf0 + i);
const address = fc.oneof(
  fc.uint8Array({ minLength: 4, maxLength: 4 }).map((bytes) => bytes.join('.')),
  fc.array(fc.nat(0xffff), { minLength: 8, maxLength: 8 }).map((groups) => groups.map((group) => group.toString(16)).join(':')),
);

test.each([
  [XorMappedEndpoint, XorMappedAddress],
  [XorRelayedEndpoint, XorRelayedAddress],
  [XorPeerEndpoint, XorPeerAddress],
])('an endpoint is written as its text would be (%#)', (ofEndpoint, ofText) => {
  const encoder = new StunEncoder();
  fc.assert(
    fc.property(address, fc.nat(0xffff), (text, port) => {
      const endpoint = IpEndpoint.of(text, port)!;
      const fromWords = encoder.start('success', 3, ID).add(ofEndpoint, endpoint).finish().slice();
      expect(fromWords).toEqual(encoder.start('success', 3, ID).add(ofText, endpoint.toTransportAddress()).finish());
    }),
  );
});
