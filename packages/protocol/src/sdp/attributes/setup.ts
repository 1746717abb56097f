/** `a=setup` (RFC 4145 §4): who begins the DTLS handshake; `active` is the client. */
export type Setup = 'active' | 'passive' | 'actpass' | 'holdconn';

const SETUPS: ReadonlySet<string> = new Set<Setup>(['active', 'passive', 'actpass', 'holdconn']);

export function parseSetup(value: string): Setup | undefined {
  return SETUPS.has(value) ? (value as Setup) : undefined;
}
