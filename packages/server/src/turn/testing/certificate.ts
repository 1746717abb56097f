import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OwnAuthority, type TlsFiles } from '../../tls/authority.js';

/** A certificate for this machine's own addresses, from an authority that is gone when it is made. */
export async function testCertificate(): Promise<TlsFiles> {
  const folder = mkdtempSync(join(tmpdir(), 'maru-test-'));
  try {
    const authority = new OwnAuthority(folder, Date.now);
    return await authority.certificateFor({ dnsNames: ['localhost'], ipAddresses: ['127.0.0.1', '::1'] });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
