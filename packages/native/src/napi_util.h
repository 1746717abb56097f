// What the parts of the addon share: reading arguments, raising errors.
#pragma once
#include <node_api.h>

#include <cstddef>
#include <cstdint>
#include <string>

namespace maru {

/** Raises a JavaScript error with `message` and returns undefined. */
inline napi_value Fail(napi_env env, const char* message) {
  napi_throw_error(env, nullptr, message);
  return nullptr;
}

/** Bytes of a typed array argument: valid for the call. */
struct Bytes {
  uint8_t* data = nullptr;
  size_t length = 0;
};

/** Reads a Uint8Array, Buffer or Int32Array. False when `value` is none. */
inline bool ReadBytes(napi_env env, napi_value value, Bytes* out) {
  napi_typedarray_type type;
  size_t count;
  void* data;
  if (napi_get_typedarray_info(env, value, &type, &count, &data, nullptr, nullptr) != napi_ok) return false;
  size_t width = type == napi_int32_array || type == napi_uint32_array ? 4 : type == napi_uint8_array ? 1 : 0;
  if (width == 0) return false;
  out->data = static_cast<uint8_t*>(data);
  out->length = count * width;
  return true;
}

inline bool ReadInt(napi_env env, napi_value value, int32_t* out) { return napi_get_value_int32(env, value, out) == napi_ok; }

/** Reads bytes, offset and length from three arguments, and checks that they lie within: `out` is then that part. */
inline bool ReadRange(napi_env env, const napi_value* argv, Bytes* out) {
  int32_t offset, length;
  if (!ReadBytes(env, argv[0], out) || !ReadInt(env, argv[1], &offset) || !ReadInt(env, argv[2], &length)) return false;
  if (offset < 0 || length < 0 || static_cast<int64_t>(offset) + length > static_cast<int64_t>(out->length)) return false;
  out->data += offset;
  out->length = length;
  return true;
}

inline bool ReadText(napi_env env, napi_value value, std::string* out) {
  char buffer[128];
  size_t length;
  if (napi_get_value_string_utf8(env, value, buffer, sizeof buffer, &length) != napi_ok) return false;
  out->assign(buffer, length);
  return true;
}

/** Wraps `state` in an object that owns it. */
template <typename T>
napi_value Wrap(napi_env env, T* state, const napi_type_tag& tag) {
  napi_value object;
  napi_create_object(env, &object);
  napi_wrap(env, object, state, [](napi_env, void* data, void*) { delete static_cast<T*>(data); }, nullptr, nullptr);
  napi_type_tag_object(env, object, &tag);
  return object;
}

inline napi_value Int(napi_env env, int32_t value) {
  napi_value result;
  napi_create_int32(env, value, &result);
  return result;
}

/** Unwraps an external that `Wrap` made with the same tag; null for anything else. */
template <typename T>
T* Unwrap(napi_env env, napi_value value, const napi_type_tag& tag) {
  bool matches = false;
  if (napi_check_object_type_tag(env, value, &tag, &matches) != napi_ok || !matches) return nullptr;
  void* data = nullptr;
  return napi_unwrap(env, value, &data) == napi_ok ? static_cast<T*>(data) : nullptr;
}

void RegisterDatagramSocket(napi_env env, napi_value exports);
void RegisterDatagramPool(napi_env env, napi_value exports);
void RegisterStreamPort(napi_env env, napi_value exports);
void RegisterAead(napi_env env, napi_value exports);
void RegisterStreamCipher(napi_env env, napi_value exports);
void RegisterHmac(napi_env env, napi_value exports);
void RegisterEcdsa(napi_env env, napi_value exports);
void RegisterSrtpBatch(napi_env env, napi_value exports);

}  // namespace maru
