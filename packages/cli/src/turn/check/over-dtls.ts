import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import type { CoreContext, DatagramSocket, NetworkStack, Path, TlsPeer } from '@maru/protocol/core';
import { nodeEnvironment } from '@maru/webrtc';
import { DtlsDatagramSocket } from '@maru/webrtc/dtls-datagram-socket';

/** Who has not shaken hands by then is not there. */
const HANDSHAKE_MS = 10_000;

export interface DtlsServer {
  readonly path: Path;
  /** The host of the URL: the certificate should be its. */
  readonly name: string;
  readonly allowUnverified: boolean;
}

/** A socket with DTLS to `server` over `socket` (RFC 7350), and what it showed of itself. Rejects, `socket` closed, when there is none. */
export async function openOverDtls(
  socket: DatagramSocket,
  { path, name, allowUnverified }: DtlsServer,
  { clock }: NetworkStack,
  context: CoreContext,
): Promise<{ readonly socket: DatagramSocket; readonly tlsPeer: TlsPeer | undefined }> {
  let tlsPeer: TlsPeer | undefined;
  const secured = await DtlsDatagramSocket.open(socket, path, {
    clock,
    context,
    certificate: nodeEnvironment.defaultCertificate(),
    handshakeTimeoutMs: HANDSHAKE_MS,
    isTrusted(chain) {
      const isTrusted = nodeEnvironment.isTrustedServer(chain, name);
      tlsPeer = chain[0] && peerOf(new X509Certificate(chain[0]), name, isTrusted);
      return isTrusted || allowUnverified;
    },
  });
  return { socket: secured, tlsPeer };
}

function peerOf(certificate: X509Certificate, name: string, isTrusted: boolean): TlsPeer {
  const { subject, subjectAltName = '', issuer, validTo } = certificate;
  const names = subjectAltName.split(', ').filter(Boolean);
  const isIts = (isIP(name) ? certificate.checkIP(name) : certificate.checkHost(name)) !== undefined;
  const distrust = isIts ? 'nobody known vouches for it' : 'the name does not match';
  return {
    protocol: 'DTLSv1.2',
    distrust: isTrusted ? undefined : distrust,
    names: names.length > 0 ? names.map((entry) => entry.replace(/^(?:DNS|IP Address):/, '')) : commonNameOf(subject),
    issuer: commonNameOf(issuer)[0] ?? 'somebody without a name',
    notAfterMs: Date.parse(validTo),
  };
}

/** node:crypto writes names as lines. */
function commonNameOf(distinguishedName: string): readonly string[] {
  const name = /^CN=(.+)$/m.exec(distinguishedName)?.[1];
  return name === undefined ? [] : [name];
}
