import { createHmac, timingSafeEqual } from 'node:crypto';
import { PROTOCOL_LIMITS } from '@maru/signaling';
import { type Connection, type Outcome, Refusal, type TokenClaims } from '../domain/index.js';

const ISSUER = 'maru';
const AUDIENCE = 'maru/seat';
const ALGORITHM = 'HS256';
/** The compact form of a signed token (RFC 7515 §7.1), without padding. */
const COMPACT = /^[\w-]+\.[\w-]+\.[\w-]+$/;
const INVALID = new Refusal('token/invalid', 'The token is not one that this server signed for taking a seat.');
const EXPIRED = new Refusal('token/expired', 'The token is too old; ask the application for a new one.');

/** Signs and checks the tokens that take seats, and the keys that come back to them. One algorithm, no choice (S-77). */
export class SeatTokens {
  private readonly key: Uint8Array;
  private readonly resumeSecret: Uint8Array;

  constructor(secret: Uint8Array) {
    this.key = createHmac('sha256', secret).update('maru seat token').digest();
    this.resumeSecret = createHmac('sha256', secret).update('maru resume key').digest();
  }

  async sign({ row }: Connection): Promise<string> {
    const { SignJWT } = await import('jose');
    return new SignJWT({ sid: row.session, cid: row.id, role: row.role })
      .setProtectedHeader({ alg: ALGORITHM, typ: 'JWT' })
      .setIssuer(ISSUER)
      .setAudience(AUDIENCE)
      .setJti(row.tokenId)
      .setIssuedAt(Math.floor(row.createdAtMs / 1_000))
      .setExpirationTime(row.tokenExpiresAtMs / 1_000)
      .sign(this.key);
  }

  async verify(token: string, wallMs: number): Promise<Outcome<TokenClaims>> {
    if (token.length > PROTOCOL_LIMITS.tokenChars || !COMPACT.test(token)) return INVALID;
    const { errors, jwtVerify } = await import('jose');
    try {
      const { payload } = await jwtVerify(token, this.key, {
        algorithms: [ALGORITHM],
        issuer: ISSUER,
        audience: AUDIENCE,
        requiredClaims: ['exp', 'iat', 'jti', 'sid', 'cid'],
        currentDate: new Date(wallMs),
      });
      const { sid, cid, role, jti, exp } = payload as Record<string, unknown>;
      if (typeof sid !== 'string' || typeof cid !== 'string' || typeof jti !== 'string' || typeof exp !== 'number')
        return INVALID;
      return { session: sid, connection: cid, tokenId: jti, role: String(role), expiresAtMs: exp * 1_000 };
    } catch (error) {
      return error instanceof errors.JWTExpired ? EXPIRED : INVALID;
    }
  }

  /** The secret with which a connection resumes: `session.mac`. It is computed, not kept, so a restart knows it too. */
  resumeKey(session: string, connection: string): string {
    return `${session}.${this.resumeMac(session, connection).toString('base64url')}`;
  }

  /** The session that `resumeKey` is for, if it is the key of `connection`. */
  sessionOfResumeKey(resumeKey: string, connection: string): string | undefined {
    const dot = resumeKey.lastIndexOf('.');
    if (dot < 0) return undefined;
    const session = resumeKey.slice(0, dot);
    const given = Buffer.from(resumeKey.slice(dot + 1), 'base64url');
    const expected = this.resumeMac(session, connection);
    return given.length === expected.length && timingSafeEqual(given, expected) ? session : undefined;
  }

  private resumeMac(session: string, connection: string): Buffer {
    return createHmac('sha256', this.resumeSecret).update(`${session}\n${connection}`).digest();
  }
}
