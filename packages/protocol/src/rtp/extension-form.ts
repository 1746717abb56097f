/** How the elements of a header extension are laid out (RFC 8285 §4.2, §4.3). `other` is a profile of which we know nothing. */
export type ExtensionForm = 'none' | 'one-byte' | 'two-byte' | 'other';

/** Bytes of `defined by profile` and `length`, before the elements. */
export const EXTENSION_HEADER_BYTES = 4;

export const ONE_BYTE_PROFILE = 0xbede;
/** The low four bits are "appbits", which nobody uses and receivers ignore. */
export const TWO_BYTE_PROFILE = 0x1000;

/** Ends the list in the one-byte form; whatever follows is not looked at (RFC 8285 §4.2). */
export const STOP_ID = 15;

/** The largest id of the one-byte form. */
export const MAX_ONE_BYTE_ID = 14;

/** The largest value of the one-byte form; the smallest is one byte. */
export const MAX_ONE_BYTE_VALUE_BYTES = 16;

export function extensionFormOf(profile: number): ExtensionForm {
  if (profile === ONE_BYTE_PROFILE) return 'one-byte';
  return (profile & 0xfff0) === TWO_BYTE_PROFILE ? 'two-byte' : 'other';
}
