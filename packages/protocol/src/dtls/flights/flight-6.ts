import type { HandshakeLog } from '../handshake.js';
import { HandshakeType } from '../handshake-message.js';
import type { SessionSecrets } from '../key-schedule.js';
import { CHANGE_CIPHER_SPEC, type Flight, messageItem } from './flight.js';

/**
 * The server's last flight: ChangeCipherSpec, Finished. Nothing answers it, so it is kept, and sent again whenever the
 * client repeats flight 5 (RFC 6347 §4.2.4).
 */
export function flight6(log: HandshakeLog, secrets: SessionSecrets): Flight {
  const finished = log.write(HandshakeType.finished, secrets.verifyData('server', log.transcript.bytes));
  return { name: 'flight-6', items: [CHANGE_CIPHER_SPEC, messageItem(finished)], repeats: 'when-asked' };
}
