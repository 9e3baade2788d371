/* The hall: a board and a number that stay current and say when they cannot, a kiosk that forgets.
   Without this the browser loads the pages anew by itself. */
(() => {
  "use strict";

  const one = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const body = document.body;

  /* ---- staying current ---- */

  const PATIENCE_MS = 8000;
  const MISSES = 2; // One answer that does not come is no lost connection.
  const place = one("[data-every]");
  let misses = 0;

  async function look() {
    try {
      const limit = new AbortController();
      const timer = setTimeout(() => limit.abort(), PATIENCE_MS);
      const answer = await fetch(location.href, { cache: "no-store", signal: limit.signal });
      const text = answer.ok ? await answer.text() : "";
      clearTimeout(timer);
      const fresh = one("[data-live]", new DOMParser().parseFromString(text, "text/html"));
      if (!fresh) throw new Error("no answer");
      show(fresh);
      if (fresh.dataset.pace) place.dataset.every = fresh.dataset.pace;
      say(false);
    } catch {
      misses += 1;
      if (misses >= MISSES) say(true);
    }
    setTimeout(look, Number(place.dataset.every) * 1000);
  }

  function show(fresh) {
    const old = one("[data-live]");
    if (old.innerHTML === fresh.innerHTML) return;
    old.replaceChildren(...fresh.childNodes);
    announce();
  }

  function say(lost) {
    const words = one("[data-lost]");
    if (!lost) misses = 0;
    if (words.hidden === !lost) return;
    words.hidden = !lost;
    body.classList.toggle("is-lost", lost);
    const wait = one("[data-wait]");
    if (wait) wait.hidden = lost;
    const at = one("[data-lost-at]");
    if (at) at.textContent = lost ? new Date().toTimeString().slice(0, 5) : "";
  }

  /* ---- chime and voice of the board ---- */

  const chime = body.dataset.chime ? new Audio(body.dataset.chime) : null;
  const known = new Set();

  function announce() {
    const fresh = all("[data-call]").filter((call) => !known.has(call.dataset.call));
    fresh.forEach((call) => known.add(call.dataset.call));
    if (!chime || !fresh.length) return;
    chime.currentTime = 0;
    chime.play().catch(askForSound);
    fresh.reverse().forEach(speak);
  }

  // Only in a language of which the browser has a voice: another one would read nonsense.
  function speak(call) {
    if (!("speechSynthesis" in window)) return;
    const voices = speechSynthesis.getVoices();
    JSON.parse(call.dataset.say).forEach(([language, text]) => {
      const voice = voices.find((each) => each.lang.toLowerCase().startsWith(language));
      if (!voice) return;
      const words = new SpeechSynthesisUtterance(text);
      words.lang = voice.lang;
      words.voice = voice;
      speechSynthesis.speak(words);
    });
  }

  // A browser plays nothing before somebody has touched the page, unless it was started so.
  function askForSound() {
    const button = one("[data-sound]");
    button.hidden = false;
    button.onclick = () => {
      button.hidden = true;
      chime.play().catch(askForSound);
    };
  }

  function trySound() {
    chime.volume = 0;
    chime
      .play()
      .catch(askForSound)
      .finally(() => {
        chime.volume = 1;
      });
  }

  /* ---- forgetting whoever was at the kiosk ---- */

  let leaving = 0;

  function leaveSoon() {
    clearTimeout(leaving);
    leaving = setTimeout(() => location.replace(body.dataset.home), Number(body.dataset.leave) * 1000);
  }

  if (place) {
    all("[data-call]").forEach((call) => known.add(call.dataset.call));
    setTimeout(look, Number(place.dataset.every) * 1000);
  }
  if (chime) trySound();
  if (body.dataset.leave) {
    leaveSoon();
    document.addEventListener("input", leaveSoon);
  }
})();
