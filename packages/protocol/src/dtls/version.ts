/** DTLS versions are the ones' complement of 1.x, so newer ones are smaller (RFC 6347 §4.1). */
export const DTLS_1_0 = 0xfeff;
export const DTLS_1_2 = 0xfefd;
