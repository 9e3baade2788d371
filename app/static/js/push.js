/* Has this browser told by its push service: asks the reader, and fills in the form of the page.
   Without this the page says that it needs a script, and everything else works. */
(() => {
  "use strict";

  const form = document.querySelector("form[data-push]");
  if (!form) return;
  const button = form.querySelector("button");
  const words = form.querySelector("[role=status]");
  const can = "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;

  function bytes(text) {
    const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
    return Uint8Array.from(plain, (sign) => sign.charCodeAt(0));
  }

  function text(buffer) {
    const plain = String.fromCharCode(...new Uint8Array(buffer));
    return btoa(plain).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  }

  async function subscribe() {
    if ((await Notification.requestPermission()) !== "granted") throw new Error("denied");
    const worker = await navigator.serviceWorker.register(form.dataset.worker);
    const key = bytes(form.dataset.push);
    const old = await worker.pushManager.getSubscription();
    // One that was made with another key of ours would be told nothing.
    if (old && text(old.options.applicationServerKey || new ArrayBuffer(0)) !== form.dataset.push) {
      await old.unsubscribe();
    }
    const how = { userVisibleOnly: true, applicationServerKey: key };
    return worker.pushManager.subscribe(how);
  }

  async function onSubmit(event) {
    event.preventDefault();
    event.stopPropagation();
    button.disabled = true;
    words.textContent = "";
    try {
      const found = await subscribe();
      form.elements.endpoint.value = found.endpoint;
      form.elements.p256dh.value = text(found.getKey("p256dh"));
      form.elements.auth.value = text(found.getKey("auth"));
      form.submit();
    } catch (failed) {
      words.textContent = failed.message === "denied" ? words.dataset.denied : words.dataset.failed;
      button.disabled = false;
    }
  }

  if (!can) {
    words.textContent = words.dataset.cannot;
    return;
  }
  button.hidden = false;
  form.addEventListener("submit", onSubmit);
})();
