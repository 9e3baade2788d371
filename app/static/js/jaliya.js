/* Help that pages can do without: progress of uploads, one submit per click,
   keys for officers, tools of the paper. Words come from the page's data-*
   attributes, so that they are translated with it. */
(() => {
  "use strict";

  const one = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];

  /* ---- one submit per click ---- */

  function setBusy(form, busy) {
    form.toggleAttribute("data-busy", busy);
    all("button[type=submit], button:not([type])", form).forEach((button) => {
      button.disabled = busy;
    });
  }

  function onSubmit(event) {
    const form = event.target;
    if (form.method !== "post") return;
    if (form.hasAttribute("data-busy")) {
      event.preventDefault();
      return;
    }
    if (form.hasAttribute("data-upload") && hasFile(form)) {
      event.preventDefault();
      send(form, event.submitter);
      return;
    }
    form.setAttribute("data-busy", "");
    // After the browser has collected the values: a disabled button sends none.
    setTimeout(() => setBusy(form, true), 0);
  }

  // A page that comes back from the history must not stay disabled.
  addEventListener("pageshow", () => all("form[data-busy]").forEach((form) => setBusy(form, false)));

  /* ---- leaving what was typed and not saved ---- */

  const guarded = (target) => target.closest && target.closest("form[data-guard]");

  function onInput(event) {
    const form = guarded(event.target);
    if (form) form.dataset.guard = "unsaved";
  }

  addEventListener("beforeunload", (event) => {
    if (one("form[data-guard=unsaved]:not([data-busy])")) event.preventDefault();
  });

  /* ---- upload with a bar ---- */

  const hasFile = (form) => all("input[type=file]", form).some((input) => input.files.length > 0);

  function collect(form, submitter) {
    const data = new FormData(form);
    if (submitter && submitter.name) data.append(submitter.name, submitter.value);
    return data;
  }

  function send(form, submitter) {
    const state = one("[data-upload-state]", form);
    const bar = one("progress", state);
    const words = one("[role=status]", state);
    const request = new XMLHttpRequest();

    state.hidden = false;
    words.textContent = words.dataset.sending;
    request.upload.onprogress = (event) => {
      if (event.lengthComputable) bar.value = (100 * event.loaded) / event.total;
    };
    request.upload.onload = () => {
      bar.removeAttribute("value");
      words.textContent = words.dataset.checking;
    };
    request.onload = () => show(request);
    request.onerror = () => {
      bar.value = 0;
      words.textContent = words.dataset.failed;
      setBusy(form, false);
    };
    request.open("POST", (submitter && submitter.getAttribute("formaction")) || form.action);
    request.send(collect(form, submitter));
    setBusy(form, true);
  }

  // The answer is a whole page: the next one, or the same with its errors.
  // It is put in place and not asked for again, so that its remark is not lost.
  function show(request) {
    const page = new DOMParser().parseFromString(request.responseText, "text/html");
    if (request.responseURL !== location.href) history.pushState({ put: true }, "", request.responseURL);
    document.replaceChild(document.adoptNode(page.documentElement), document.documentElement);
    scrollTo(0, 0);
    arrive();
    if (!one("[data-focus]")) one("main").focus();
  }

  addEventListener("popstate", () => location.reload());

  /* ---- the picture of a file that has just been attached ---- */

  const LOOKS = 15;

  async function fetchThumb(place, left) {
    const answer = await fetch(place.dataset.thumb);
    if (answer.status === 200) {
      const picture = new Image(56, 72);
      picture.className = "j-thumb";
      picture.alt = "";
      picture.src = place.dataset.thumb;
      place.replaceWith(picture);
    } else if (answer.status === 204 && left) {
      setTimeout(() => fetchThumb(place, left - 1), 2000);
    }
  }

  function nameFile(input) {
    const place = one("[data-file-name]", input.parentElement);
    input.parentElement.classList.toggle("is-chosen", input.files.length > 0);
    if (input.files.length) place.textContent = input.files[0].name;
  }

  /* ---- keys of the review page ---- */

  const STORE = "jaliya-keys-off";

  function keysOff() {
    try {
      return localStorage.getItem(STORE) === "1";
    } catch {
      return false;
    }
  }

  function rememberKeys(on) {
    try {
      on ? localStorage.removeItem(STORE) : localStorage.setItem(STORE, "1");
    } catch {
      // Without storage the choice lasts as long as the page.
    }
  }

  // The place of the key, not its letter: the same hand in three layouts.
  const PLACES = {
    KeyJ: () => step(1),
    KeyK: () => step(-1),
    KeyA: () => judge("accept"),
    KeyW: () => judge("waive"),
    KeyR: () => judge("ask"),
    KeyN: () => write(),
    BracketRight: () => press("]"),
    BracketLeft: () => press("["),
  };

  const items = () => all("[data-item]");
  const current = () => one("[data-item].is-now");

  function mark(item) {
    const before = current();
    if (before) before.classList.remove("is-now");
    item.classList.add("is-now");
  }

  function choose(item) {
    mark(item);
    item.focus({ preventScroll: true });
    item.scrollIntoView({ block: "nearest" });
    showPaper(item);
  }

  // Whoever comes to an item by mouse or tab sees its paper as well.
  function onFocus(event) {
    const item = event.target.closest("[data-item]");
    if (!item || item === current()) return;
    mark(item);
    if (!event.target.matches("[data-show]")) showPaper(item);
  }

  /* ---- the paper beside the items: htmx changes it in place, so that nothing marked is lost ---- */

  const paper = () => one("[data-shown]");

  function showPaper(item) {
    const button = window.htmx && one("[data-show]", item);
    if (button && paper().dataset.shown !== item.dataset.item) button.click();
  }

  function onPaperAsked(event) {
    const from = event.detail.elt.closest("[data-item]");
    const wanted = from ? from.dataset.item : event.detail.elt.dataset.itemOf;
    if (!wanted) return;
    paper().dataset.shown = wanted;
    const item = items().find((each) => each.dataset.item === wanted);
    if (item) mark(item);
  }

  // A session that ended answers with another page: what was marked or typed stays where it is.
  function onPaperCame(event) {
    if (event.detail.serverResponse.includes(` id="${event.detail.target.id}"`)) sayOfPaper("");
    else {
      event.detail.shouldSwap = false;
      onPaperLost();
    }
  }

  function onPaperLost() {
    if (!paper()) return;
    paper().dataset.shown = "";
    sayOfPaper("failed");
  }

  function sayOfPaper(what) {
    const words = one("[data-paper-said]");
    if (words) words.textContent = what ? words.dataset[what] : "";
  }

  function step(by) {
    const list = items();
    if (!list.length) return;
    const at = list.indexOf(current());
    choose(list[Math.min(Math.max(at + by, 0), list.length - 1)]);
  }

  function judge(verdict) {
    const item = current();
    if (!item) return;
    const choice = one(`[data-verdict=${verdict}]`, item);
    if (!choice) return;
    choice.checked = true;
    const reason = verdict === "ask" && one("select", item);
    if (reason) reason.focus();
    else if (verdict !== "ask") step(1);
  }

  function write() {
    const note = current() && one("[data-note]", current());
    if (note) note.focus();
  }

  function press(key) {
    const target = one(`[data-key="${key}"]`);
    if (target) target.click();
  }

  const typing = (target) => target.closest("input:not([type=radio]):not([type=checkbox]), textarea, select, dialog");

  function onKey(event) {
    if (!one("[data-keys]") || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape" && typing(event.target) && current()) {
      current().focus();
      return;
    }
    if (typing(event.target)) return;
    if (["?", "؟"].includes(event.key) || (event.code === "Slash" && event.shiftKey)) {
      event.preventDefault();
      one("[data-keys-list]").showModal();
      return;
    }
    const act = PLACES[event.code];
    if (!act || event.shiftKey || keysOff()) return;
    event.preventDefault();
    act();
  }

  function onChange(event) {
    if (event.target.matches(".j-file")) nameFile(event.target);
    if (event.target.matches("[data-keys-on]")) rememberKeys(event.target.checked);
  }

  /* ---- tools of the paper ---- */

  const ZOOMS = ["", "is-larger", "is-largest"];
  const TURNS = ["", "is-turned-1", "is-turned-2", "is-turned-3"];

  function shift(element, names, by, wraps) {
    const at = Math.max(names.findIndex((name) => name && element.classList.contains(name)), 0);
    const to = wraps ? (at + by) % names.length : Math.min(Math.max(at + by, 0), names.length - 1);
    if (names[at]) element.classList.remove(names[at]);
    if (names[to]) element.classList.add(names[to]);
  }

  function onClick(event) {
    const button = event.target.closest("[data-zoom], [data-turn], [data-keys-open], [data-print]");
    if (!button) return;
    if (button.matches("[data-print]")) print();
    else if (button.matches("[data-keys-open]")) one("[data-keys-list]").showModal();
    else if (button.matches("[data-turn]")) shift(one("[data-paper]"), TURNS, 1, true);
    else shift(one(".s-sheet"), ZOOMS, Number(button.dataset.zoom), false);
  }

  /* ---- each page, loaded or put in place ---- */

  function offerTools() {
    all("[data-zoom], [data-turn], [data-keys], [data-print]").forEach((element) => {
      element.hidden = false;
    });
  }

  // What is come to by key or by tab stops above the bar of keys, however many rows it has.
  function keepAboveKeys() {
    const bar = one("[data-keys]");
    document.documentElement.style.scrollPaddingBlockEnd = bar ? `${bar.offsetHeight}px` : "";
  }

  function arrive() {
    offerTools();
    keepAboveKeys();
    const on = one("[data-keys-on]");
    if (on) on.checked = !keysOff();
    all("[data-thumb]").forEach((place) => fetchThumb(place, LOOKS));
    const summary = one("[data-focus]");
    if (summary) summary.focus();
  }

  document.addEventListener("submit", onSubmit);
  document.addEventListener("input", onInput);
  document.addEventListener("keydown", onKey);
  document.addEventListener("change", onChange);
  document.addEventListener("click", onClick);
  document.addEventListener("focusin", onFocus);
  document.addEventListener("htmx:beforeRequest", onPaperAsked);
  document.addEventListener("htmx:beforeSwap", onPaperCame);
  document.addEventListener("htmx:sendError", onPaperLost);
  document.addEventListener("htmx:afterSettle", offerTools);
  addEventListener("resize", keepAboveKeys);
  arrive();
})();
