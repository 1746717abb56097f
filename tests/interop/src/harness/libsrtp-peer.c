// libsrtp2 as a filter: packets in on stdin, what it makes of them out on stdout, to compare with ours byte for byte.
// usage: libsrtp-peer <DTLS-SRTP profile> <key and salt in hex> [id of an encrypted header extension ...]
// In:  operation (P, U: protect, unprotect RTP; p, u: RTCP), length in 16 bits, packet.
// Out: libsrtp's status, length in 16 bits, packet.
#include <srtp2/srtp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { kRoom = 4096 };

static srtp_t Session(srtp_ssrc_type_t direction, srtp_profile_t profile, unsigned char* key, int* ids, int id_count) {
  srtp_policy_t policy;
  srtp_t session;
  memset(&policy, 0, sizeof policy);
  if (srtp_crypto_policy_set_from_profile_for_rtp(&policy.rtp, profile) || srtp_crypto_policy_set_from_profile_for_rtcp(&policy.rtcp, profile)) exit(2);
  policy.ssrc.type = direction;
  policy.key = key;
  policy.window_size = 1024;
  policy.enc_xtn_hdr = id_count ? ids : NULL;
  policy.enc_xtn_hdr_count = id_count;
  if (srtp_create(&session, &policy) != srtp_err_status_ok) exit(3);
  return session;
}

int main(int argc, char** argv) {
  unsigned char key[64] = {0};
  int ids[16], id_count = 0;
  if (argc < 3 || srtp_init() != srtp_err_status_ok) return 1;
  for (size_t i = 0; i < sizeof key && sscanf(argv[2] + 2 * i, "%2hhx", &key[i]) == 1; i++) {}
  for (int i = 3; i < argc && id_count < 16; i++) ids[id_count++] = atoi(argv[i]);
  srtp_profile_t profile = (srtp_profile_t)atoi(argv[1]);
  srtp_t out = Session(ssrc_any_outbound, profile, key, ids, id_count);
  srtp_t in = Session(ssrc_any_inbound, profile, key, ids, id_count);
  for (int operation; (operation = getchar()) != EOF;) {
    static unsigned char packet[kRoom + SRTP_MAX_TRAILER_LEN];
    int length = getchar() << 8;
    length |= getchar();
    if (length < 0 || length > kRoom || fread(packet, 1, length, stdin) != (size_t)length) return 4;
    srtp_err_status_t status = operation == 'P'   ? srtp_protect(out, packet, &length)
                               : operation == 'U' ? srtp_unprotect(in, packet, &length)
                               : operation == 'p' ? srtp_protect_rtcp(out, packet, &length)
                                                  : srtp_unprotect_rtcp(in, packet, &length);
    if (status != srtp_err_status_ok) length = 0;
    putchar(status);
    putchar(length >> 8);
    putchar(length);
    fwrite(packet, 1, length, stdout);
  }
  return 0;
}
