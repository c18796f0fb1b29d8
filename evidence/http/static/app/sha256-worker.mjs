// Reads a file in slices and computes its SHA-256 beside the page. Pure script (noble), for our content security policy
// allows no WebAssembly and the browser's own digest wants the whole file in memory.

import { sha256 } from "../vendor/noble-hashes/sha2.js";

const SLICE_BYTES = 8 * 1024 * 1024;
const PROGRESS_BYTES = 64 * 1024 * 1024;

self.addEventListener("message", async ({ data: file }) => {
  try {
    const hash = sha256.create();
    for (let at = 0; at < file.size; at += SLICE_BYTES) {
      hash.update(new Uint8Array(await file.slice(at, at + SLICE_BYTES).arrayBuffer()));
      if (at % PROGRESS_BYTES === 0) self.postMessage({ read: at });
    }
    self.postMessage({ hex: [...hash.digest()].map((byte) => byte.toString(16).padStart(2, "0")).join("") });
  } catch (failed) {
    self.postMessage({ failed: failed.message });
  }
});
