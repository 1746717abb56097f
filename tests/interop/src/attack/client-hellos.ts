import { generateCertificate, nodeCrypto, systemRandom } from '@maru/node';
import { type Path, SILENT_LOG } from '@maru/protocol/core';
import { DtlsConnection } from '@maru/protocol/dtls';

const PATH: Path = { localAddress: '', localPort: 0, remoteAddress: '', remotePort: 0 };

/** `count` ClientHellos that any DTLS 1.2 server would answer, each with a random of its own. */
export async function validClientHellos(count: number): Promise<Uint8Array[]> {
  const certificate = await generateCertificate();
  return Array.from({ length: count }, () => {
    const client = new DtlsConnection({ certificate, path: PATH }, { random: systemRandom, crypto: nodeCrypto, log: SILENT_LOG });
    const sent: Uint8Array[] = [];
    client.start(0, 'client');
    client.drain({ transmit: (bytes) => sent.push(new Uint8Array(bytes)), event: () => {}, data: () => {} });
    return sent[0]!;
  });
}

const padded = (value: number, bytes: number): string => value.toString(16).padStart(2 * bytes, '0');

/** A record in the clear, number 0 of epoch 0. */
function record(type: number, body: string): Uint8Array {
  const text = body.replaceAll(' ', '');
  return new Uint8Array(Buffer.from(`${padded(type, 1)}fefd${padded(0, 8)}${padded(text.length / 2, 2)}${text}`, 'hex'));
}

/** A ClientHello in one fragment (RFC 6347 §4.2.2). */
function clientHello(body: string): string {
  const length = padded(body.length / 2, 3);
  return `01 ${length} 0000 000000 ${length} ${body}`;
}

/** For TLS_NULL_WITH_NULL_NULL and no other suite: what ended calls of Asterisk, FreeSWITCH and rtpengine. */
const NULL_SUITE = `fefd${'5a'.repeat(32)}0000000200000100`;

/** Records that no server can go on with: of nothing, cut short, for no suite, alerts and data out of nowhere. */
export const INVALID_RECORDS: readonly Uint8Array[] = [
  record(22, clientHello(NULL_SUITE)),
  record(22, clientHello('fefd')), // ends after its version
  record(22, '01 ffffff 0000 000000 000001 fe'), // the first byte of 16 MB
  record(22, ''),
  record(21, '0228'), // fatal: handshake_failure
  record(21, '0100'), // close_notify
  record(20, '01'),
  record(23, '00'.repeat(40)),
];
