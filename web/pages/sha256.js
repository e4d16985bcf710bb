// SHA-256 and HMAC that can be continued block by block. The browser's own (crypto.subtle) is
// missing on pages without HTTPS; this one is the same everywhere.
var sha256 = (function () {
  'use strict';
  var K = new Int32Array([
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2
  ]);
  var W = new Int32Array(64);

  function begin() {
    return new Int32Array([
      0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19
    ]);
  }

  // Takes in `bytes` from `from` to `to`, a whole number of blocks of 64.
  function blocks(state, bytes, from, to) {
    for (var at = from; at < to; at += 64) {
      var i, x, y;
      for (i = 0; i < 16; i++) {
        x = at + 4 * i;
        W[i] = (bytes[x] << 24) | (bytes[x + 1] << 16) | (bytes[x + 2] << 8) | bytes[x + 3];
      }
      for (i = 16; i < 64; i++) {
        x = W[i - 15];
        y = W[i - 2];
        W[i] = (W[i - 16] + W[i - 7] +
          (((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3)) +
          (((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10))) | 0;
      }
      var a = state[0], b = state[1], c = state[2], d = state[3];
      var e = state[4], f = state[5], g = state[6], h = state[7];
      for (i = 0; i < 64; i++) {
        x = (h + (((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7))) +
          ((e & f) ^ (~e & g)) + K[i] + W[i]) | 0;
        y = ((((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10))) +
          ((a & b) ^ (a & c) ^ (b & c))) | 0;
        h = g; g = f; f = e; e = (d + x) | 0;
        d = c; c = b; b = a; a = (x + y) | 0;
      }
      state[0] += a; state[1] += b; state[2] += c; state[3] += d;
      state[4] += e; state[5] += f; state[6] += g; state[7] += h;
    }
  }

  // The last bytes, and how many there were in all.
  function end(state, rest, total) {
    var padded = new Uint8Array((rest.length + 9 + 63) & ~63);
    padded.set(rest);
    padded[rest.length] = 0x80;
    new DataView(padded.buffer).setUint32(padded.length - 8, Math.floor(total / 0x20000000));
    new DataView(padded.buffer).setUint32(padded.length - 4, (total << 3) >>> 0);
    blocks(state, padded, 0, padded.length);
    return state;
  }

  function of(bytes) {
    var state = begin(), whole = bytes.length - bytes.length % 64;
    blocks(state, bytes, 0, whole);
    return end(state, bytes.subarray(whole), bytes.length);
  }

  function bytesOf(state) {
    var bytes = new Uint8Array(32), view = new DataView(bytes.buffer);
    for (var i = 0; i < 8; i++) view.setInt32(4 * i, state[i]);
    return bytes;
  }

  function hex(state) {
    return Array.prototype.map.call(bytesOf(state), function (byte) {
      return (byte < 16 ? '0' : '') + byte.toString(16);
    }).join('');
  }

  function padded(key, mask) {
    var block = new Uint8Array(64).fill(mask);
    for (var i = 0; i < key.length; i++) block[i] ^= key[i];
    var state = begin();
    blocks(state, block, 0, 64);
    return state;
  }

  // The HMAC of `prefix` and what follows it, under a key of at most 64 bytes.
  function hmac(key, prefix) {
    var inner = padded(key, 0x36), outer = padded(key, 0x5c);
    var whole = prefix.length - prefix.length % 64;
    blocks(inner, prefix, 0, whole);
    var tail = prefix.subarray(whole);
    return function (message) {
      var rest = new Uint8Array(tail.length + message.length);
      rest.set(tail);
      rest.set(message, tail.length);
      var first = end(inner.slice(), rest, 64 + whole + rest.length);
      return end(outer.slice(), bytesOf(first), 96);
    };
  }

  return { begin: begin, blocks: blocks, end: end, of: of, hex: hex, hmac: hmac };
})();
