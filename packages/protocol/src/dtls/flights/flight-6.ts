import type { HandshakeLog } from '../handshake.js';
import { HandshakeType } from '../handshake-message.js';
import type { SessionSecrets } from '../key-schedule.js';
import { CHANGE_CIPHER_SPEC, type Flight, messageItem } from './flight.js';

/**
 * The server's last flight: ChangeCipherSpec, Finished. No handshake message answers it, so it is kept, and sent again
 * whenever the client repeats flight 5 (RFC 6347 §4.2.4). Beyond the RFC it also goes out a few times by timer until data
 * shows that it arrived: at 50 % loss that halves the worst setup times, and it is 75 bytes.
 */
export function flight6(log: HandshakeLog, secrets: SessionSecrets): Flight {
  const finished = log.write(HandshakeType.finished, secrets.verifyData('server', log.transcript.bytes));
  return { name: 'flight-6', items: [CHANGE_CIPHER_SPEC, messageItem(finished)], repeats: 'until-data' };
}
