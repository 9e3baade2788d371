/* A small task that keeps programs from taking all the times: it is solved while its reader reads,
   in a worker of this same file, or in small pieces where a browser has no workers.
   Without this the form is answered by a page that asks for a short wait. */
(() => {
  "use strict";

  // SHA-256 of one block; of the hash only its first word is looked at.
  // prettier-ignore
  const K = Int32Array.of(
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
  );
  const W = new Int32Array(64);
  const turn = (x, by) => (x >>> by) | (x << (32 - by));

  function fill(text) {
    W.fill(0, 0, 16);
    for (let at = 0; at < text.length; at += 1) W[at >> 2] |= text.charCodeAt(at) << (24 - 8 * (at & 3));
    W[text.length >> 2] |= 0x80 << (24 - 8 * (text.length & 3));
    W[15] = text.length * 8;
  }

  function firstWord(text) {
    fill(text);
    for (let t = 16; t < 64; t += 1) {
      const x = W[t - 15];
      const y = W[t - 2];
      const s0 = turn(x, 7) ^ turn(x, 18) ^ (x >>> 3);
      const s1 = turn(y, 17) ^ turn(y, 19) ^ (y >>> 10);
      W[t] = (W[t - 16] + s0 + W[t - 7] + s1) | 0;
    }
    let [a, b, c, d] = [0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a];
    let [e, f, g, h] = [0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19];
    for (let t = 0; t < 64; t += 1) {
      const s1 = turn(e, 6) ^ turn(e, 11) ^ turn(e, 25);
      const one = (h + s1 + ((e & f) ^ (~e & g)) + K[t] + W[t]) | 0;
      const s0 = turn(a, 2) ^ turn(a, 13) ^ turn(a, 22);
      const two = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      h = g;
      g = f;
      f = e;
      e = (d + one) | 0;
      d = c;
      c = b;
      b = a;
      a = (one + two) | 0;
    }
    return (a + 0x6a09e667) >>> 0;
  }

  function search(seed, bits, from, count) {
    for (let number = from; number < from + count; number += 1) {
      if (firstWord(`${seed}.${number}`) >>> (32 - bits) === 0) return number;
    }
    return -1;
  }

  const LAST = 1e12;

  if (typeof document === "undefined") {
    self.onmessage = (event) => self.postMessage(search(event.data.seed, event.data.bits, 0, LAST));
    return;
  }

  const PIECE = 500;
  const own = document.currentScript.src;

  function inPieces(seed, bits, done, from = 0) {
    const found = search(seed, bits, from, PIECE);
    if (found >= 0) done(found);
    else setTimeout(() => inPieces(seed, bits, done, from + PIECE), 0);
  }

  function solve(seed, bits, done) {
    let worker;
    try {
      worker = new Worker(own);
    } catch {
      inPieces(seed, bits, done);
      return;
    }
    worker.onmessage = (event) => {
      worker.terminate();
      done(event.data);
    };
    worker.onerror = () => inPieces(seed, bits, done);
    worker.postMessage({ seed, bits });
  }

  // Whoever is faster than the task is told, and the form goes off by itself.
  function attend(place) {
    const answer = place.querySelector("[data-proof-answer]");
    const words = place.querySelector("[role=status]");
    const form = place.closest("form");
    let held = null;

    form.addEventListener("submit", (event) => {
      if (answer.value) return;
      event.preventDefault();
      event.stopPropagation();
      held = { by: event.submitter };
      words.textContent = words.dataset.busy;
    });
    solve(place.dataset.proof, Number(place.dataset.bits), (number) => {
      answer.value = String(number);
      words.textContent = "";
      if (!held) return;
      if (form.requestSubmit) form.requestSubmit(held.by);
      else form.submit();
    });
  }

  document.querySelectorAll("[data-proof]").forEach(attend);
})();
