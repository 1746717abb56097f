import type { TlsPeer } from '@maru/protocol/core';
import type { IceServerUrl } from '@maru/protocol/ice';
import { type Failure, UNREACHABLE } from './turn-link.js';

/** What a refused or unanswered Allocate means, and what to do about it. */
export function explainAllocate(
  { code, reason }: Failure,
  { transport, port }: IceServerUrl,
  username: string,
  wallNowMs: number,
): { readonly detail: string; readonly cure: string } {
  switch (code) {
    case UNREACHABLE:
      return {
        detail: `no answer: ${reason}`,
        cure:
          transport === 'udp'
            ? `See that the server runs and that its firewall lets UDP port ${port} in. If the UDP of this network is blocked, try the same URL with ?transport=tcp, or turns:.`
            : 'The port is open, but what answers there is no TURN server. Check the port, and what a proxy before it does.',
      };
    case 300:
      return { detail: reason, cure: 'Put that server in the URL.' };
    case 401:
      return { detail: 'refused (401): the credentials are not good', cure: wrongCredentials(username, wallNowMs) };
    case 403:
      return { detail: `refused (403): ${reason}`, cure: 'The server gives this user no allocation; see its policy.' };
    case 437:
      return {
        detail: 'refused (437): an allocation of another user holds this port',
        cure: 'Run it again: it takes another port.',
      };
    case 440:
      return {
        detail: 'refused (440): the server relays no addresses of this family',
        cure: 'Name the server by an address of the other family, or give it a relay address of this one.',
      };
    case 441:
      return { detail: 'refused (441): wrong credentials', cure: wrongCredentials(username, wallNowMs) };
    case 486:
      return {
        detail: 'refused (486): the quota of this user or address is used up',
        cure: 'Wait until allocations end, or raise quotas.allocationsPerUser and quotas.allocationsPerAddress at the server.',
      };
    case 508:
      return {
        detail: 'refused (508): the server has no relay port left',
        cure: 'Widen relay.ports at the server, or look at who holds the allocations.',
      };
    default:
      return { detail: `refused (${code}): ${reason}`, cure: 'The log of the server says more.' };
  }
}

/** The name of a time-limited credential says by itself whether it has ended. */
function wrongCredentials(username: string, wallNowMs: number): string {
  const expiry = /^(\d{9,11})(?:\D|$)/.exec(username);
  if (!expiry) return 'Check user name and password, and that the realm of the server is the one that the password was made for.';
  const endedMs = wallNowMs - 1_000 * Number(expiry[1]);
  const end = new Date(1_000 * Number(expiry[1])).toISOString();
  if (endedMs > 0)
    return `This credential ended at ${end}, ${Math.round(endedMs / 1_000)} s ago: get a new one. Is the clock of the server or of this machine wrong?`;
  return `The credential is good until ${end} by its name, so the secret it was made with is not one of the server's, or the end is farther away than the server accepts.`;
}

/** Why a browser would refuse this certificate, and what to do about it; undefined: it would not. */
export function explainDistrust({ distrust, names, issuer, notAfterMs }: TlsPeer, host: string, wallNowMs: number) {
  if (distrust === undefined) return undefined;
  if (/EXPIRED|expired/.test(distrust) || notAfterMs < wallNowMs)
    return {
      detail: `the certificate ended on ${new Date(notAfterMs).toISOString().slice(0, 10)}`,
      cure: 'Renew it. maru turn reads the new files by itself.',
    };
  if (/ALTNAME|does not match|altnames/i.test(distrust))
    return {
      detail: `the certificate is for ${names.join(', ') || 'no name'}, not for ${host}`,
      cure: 'Use a name of the certificate in the URL, or have a certificate made for this one.',
    };
  if (/UNABLE_TO_VERIFY_LEAF|unable to verify the first/i.test(distrust))
    return {
      detail: `nobody known vouches for the certificate, which ${issuer} signed`,
      cure: 'Most likely the chain is missing: give the server fullchain.pem, not cert.pem.',
    };
  return {
    detail: `no authority that this machine knows vouches for the certificate, which ${issuer} signed`,
    cure: 'Browsers refuse it as well, unless the authority is trusted on the device. Use a certificate of a known authority, or set NODE_EXTRA_CA_CERTS to trust it here.',
  };
}

/** Why a connection could not be opened. */
export function explainConnect(
  error: unknown,
  { isSecure, port, transport }: IceServerUrl,
): { readonly detail: string; readonly cure: string } {
  const detail = error instanceof Error ? error.message : String(error);
  if (transport === 'udp')
    return {
      detail,
      cure: `See that the server has a dtls listener at UDP port ${port}, and that its firewall lets it in. Browsers do not use DTLS: for them, turns: means TLS over TCP.`,
    };
  if (/ECONNREFUSED/.test(detail))
    return {
      detail,
      cure: `Nothing listens on TCP port ${port} there. Check the port, and that the server has a ${isSecure ? 'tls' : 'tcp'} listener.`,
    };
  if (/no answer within|ETIMEDOUT/.test(detail))
    return { detail, cure: `A firewall drops it. Let TCP port ${port} in at the server; port 443 passes most networks.` };
  if (/EHOSTUNREACH|ENETUNREACH/.test(detail))
    return {
      detail,
      cure: 'There is no route from here to that address. Is this machine online, and does it have an address of this family?',
    };
  if (isSecure)
    return { detail, cure: 'The port is open, but does not speak TLS. Check the port, or use turn: in the place of turns:.' };
  return { detail, cure: 'The log of the server may say more.' };
}
