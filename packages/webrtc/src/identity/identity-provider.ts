/** W3C webrtc-identity, RTCIdentityProviderOptions. */
export interface RTCIdentityProviderOptions {
  protocol?: string;
  usernameHint?: string;
  peerIdentity?: string;
}

/** W3C webrtc-identity, RTCIdentityAssertionResult. */
export interface RTCIdentityAssertionResult {
  idp: { domain: string; protocol?: string };
  assertion: string;
}

/** W3C webrtc-identity, RTCIdentityValidationResult. */
export interface RTCIdentityValidationResult {
  identity: string;
  contents: string;
}

/** W3C webrtc-identity, RTCIdentityProvider: vouches for fingerprints, and knows its own vouchers again. */
export interface RTCIdentityProvider {
  generateAssertion(contents: string, origin: string, options: RTCIdentityProviderOptions): Promise<RTCIdentityAssertionResult>;
  validateAssertion(assertion: string, origin: string): Promise<RTCIdentityValidationResult>;
}

const providers = new Map<string, RTCIdentityProvider>();

/**
 * Makes `provider` the one that speaks for `domain` under `protocol`. A browser loads whatever script an assertion names; here a
 * program says whom it asks: with code of its own, or by `loadIdentityProvider` from where the provider has it. Returns what takes it back.
 */
export function registerIdentityProvider(domain: string, provider: RTCIdentityProvider, protocol = 'default'): () => void {
  const key = keyOf(domain, protocol);
  providers.set(key, provider);
  return () => {
    if (providers.get(key) === provider) providers.delete(key);
  };
}

export function identityProvider(domain: string, protocol: string): RTCIdentityProvider | undefined {
  return providers.get(keyOf(domain, protocol));
}

/** A protocol is a path, which may have a query that is the provider's own business. */
function keyOf(domain: string, protocol: string): string {
  return `${domain.toLowerCase()}/${protocol.replace(/[?#].*$/, '')}`;
}
