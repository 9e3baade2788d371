/* The list of free days: whoever comes back to the page sees what is still free.
   It asks only while somebody is there: a page that lies open keeps nobody signed in. */
(() => {
  "use strict";

  const REST_MS = 20000;
  const list = document.querySelector("[data-days]");
  if (!list) return;
  let asked = Date.now();

  async function look() {
    if (document.hidden || Date.now() - asked < REST_MS) return;
    asked = Date.now();
    try {
      const answer = await fetch(list.dataset.days, { cache: "no-store" });
      if (answer.ok) show(await answer.json());
    } catch {
      // Without a connection the list stays as it was; what is chosen is checked in any case.
    }
  }

  function show(days) {
    for (const link of list.querySelectorAll("a.j-day")) {
      const said = days[new URLSearchParams(link.search).get("day")];
      const words = link.querySelector(".j-day__free");
      const text = said || list.dataset.full;
      if (words.textContent !== text) words.textContent = text;
      link.classList.toggle("j-day--off", !said);
    }
  }

  document.addEventListener("visibilitychange", look);
  document.addEventListener("focusin", look);
  document.addEventListener("pointerdown", look);
})();
