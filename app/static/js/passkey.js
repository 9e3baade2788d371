/* Makes a passkey, or signs in with one: asks the server for a challenge and the browser for its
   answer, and sends the form of the page with it. Without this the page says what works instead. */
(() => {
  "use strict";

  const can = "PublicKeyCredential" in window && "credentials" in navigator;

  function bytes(text) {
    const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
    return Uint8Array.from(plain, (sign) => sign.charCodeAt(0));
  }

  function text(buffer) {
    if (!buffer) return undefined;
    const plain = String.fromCharCode(...new Uint8Array(buffer));
    return btoa(plain).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  }

  const decoded = (many) => (many || []).map((one) => ({ ...one, id: bytes(one.id) }));

  async function asked(form) {
    const answer = await fetch(form.dataset.options, {
      method: "POST",
      headers: { Accept: "application/json" },
      body: new URLSearchParams({ csrf_token: form.elements.csrf_token.value }),
    });
    const said = await answer.json();
    if (said.confirm) location.assign(said.confirm);
    if (!answer.ok) throw new Error("refused");
    return { ...said, challenge: bytes(said.challenge) };
  }

  async function make(form) {
    const options = await asked(form);
    options.user.id = bytes(options.user.id);
    options.excludeCredentials = decoded(options.excludeCredentials);
    return navigator.credentials.create({ publicKey: options });
  }

  async function show(form) {
    const options = await asked(form);
    options.allowCredentials = decoded(options.allowCredentials);
    return navigator.credentials.get({ publicKey: options });
  }

  function written(found) {
    const answer = found.response;
    return JSON.stringify({
      id: found.id,
      rawId: text(found.rawId),
      type: found.type,
      response: {
        clientDataJSON: text(answer.clientDataJSON),
        attestationObject: text(answer.attestationObject),
        authenticatorData: text(answer.authenticatorData),
        signature: text(answer.signature),
        userHandle: text(answer.userHandle),
      },
    });
  }

  function start(form) {
    const button = form.querySelector("button");
    const words = form.querySelector("[role=status]");
    const makes = form.dataset.passkey === "make";
    form.querySelector("[data-without]").hidden = true;
    if (!can) {
      words.textContent = words.dataset.cannot;
      return;
    }
    if (location.origin !== form.dataset.origin) {
      words.textContent = words.dataset.elsewhere;
      return;
    }
    button.hidden = false;
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      event.stopPropagation();
      button.disabled = true;
      words.textContent = "";
      try {
        const found = await (makes ? make(form) : show(form));
        form.elements.credential.value = written(found);
        form.submit();
      } catch (failed) {
        const key = failed.name === "InvalidStateError" ? "known" : "failed";
        words.textContent = words.dataset[key] || words.dataset.failed;
        button.disabled = false;
      }
    });
  }

  document.querySelectorAll("form[data-passkey]").forEach(start);
})();
