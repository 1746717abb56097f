{
  "targets": [
    {
      "target_name": "maru",
      "sources": ["src/addon.cc", "src/datagram_socket.cc", "src/datagram_pool.cc", "src/departures.cc", "src/hmac_lanes.cc", "src/stream_port.cc", "src/aead.cc", "src/stream_cipher.cc", "src/hmac.cc", "src/ecdsa.cc", "src/srtp_batch.cc", "src/aes_vector.cc"],
      "defines": ["NAPI_VERSION=8", "OPENSSL_SUPPRESS_DEPRECATED"],
      "cflags_cc": ["-std=c++17", "-O3", "-Wall", "-Wextra", "-fno-exceptions", "-fvisibility=hidden"]
    }
  ]
}
