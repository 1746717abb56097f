import { addon, whyNot } from '@maru/native';

/** Which implementation moves bytes in this process. */
export interface DriverInfo {
  /** `native`: @maru/native, in batches. `node`: node:dgram and node:crypto, one by one. */
  readonly name: 'native' | 'node';
  /** Why it is not `native`, where it is not. */
  readonly reason: string | undefined;
}

/** The driver that {@link nodeNetwork} and {@link nodeCrypto} use, for people and benchmarks to be told. */
export const driver: DriverInfo = { name: addon ? 'native' : 'node', reason: whyNot };
