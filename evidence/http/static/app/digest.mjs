// SHA-256 of a file of any size, computed in a worker; `onRead(bytes)` tells how far it is.

export function sha256Of(file, onRead = () => {}, signal = null) {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL("./sha256-worker.mjs", import.meta.url), { type: "module" });
    const end = (settle, value) => {
      worker.terminate();
      settle(value);
    };
    worker.addEventListener("message", ({ data }) => {
      if (data.hex) end(resolve, data.hex);
      else if (data.failed) end(reject, new Error(`The file could not be read: ${data.failed}`));
      else onRead(data.read);
    });
    worker.addEventListener("error", () => end(reject, new Error("The file could not be read.")));
    signal?.addEventListener("abort", () => end(reject, new DOMException("Cancelled", "AbortError")));
    worker.postMessage(file);
  });
}
