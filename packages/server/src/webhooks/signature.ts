import { createHmac } from 'node:crypto';
import { WEBHOOK_HEADERS } from '@maru/signaling/rest';

/** Headers that prove to the receiver that `body` is ours and fresh: refuse timestamps more than five minutes off. */
export function signatureHeaders(secret: string, body: string, event: string, wallMs: number): Record<string, string> {
  const timestamp = String(Math.floor(wallMs / 1_000));
  const signature = createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex');
  return {
    [WEBHOOK_HEADERS.timestamp]: timestamp,
    [WEBHOOK_HEADERS.signature]: `v1=${signature}`,
    [WEBHOOK_HEADERS.event]: event,
  };
}
