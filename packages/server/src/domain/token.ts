/** What a token says. It is the right to one seat, once; the seat's row, not the token, says what its holder may do. */
export interface TokenClaims {
  readonly session: string;
  readonly connection: string;
  readonly tokenId: string;
  readonly role: string;
  readonly expiresAtMs: number;
}
