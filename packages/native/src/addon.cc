// @maru/native: batched UDP, batched SRTP, and ciphers with kept contexts. It decides nothing; TypeScript does.
#include "napi_util.h"

NAPI_MODULE_INIT() {
  maru::RegisterDatagramSocket(env, exports);
  maru::RegisterDatagramPool(env, exports);
  maru::RegisterStreamPort(env, exports);
  maru::RegisterAead(env, exports);
  maru::RegisterStreamCipher(env, exports);
  maru::RegisterHmac(env, exports);
  maru::RegisterEcdsa(env, exports);
  maru::RegisterSrtpBatch(env, exports);
  return exports;
}
