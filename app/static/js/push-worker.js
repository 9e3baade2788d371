/* Shows what a push service brought, and leads to it. Nothing is fetched, nothing is kept. */
"use strict";

self.addEventListener("push", (event) => {
  let told = {};
  try {
    told = event.data.json();
  } catch {
    // What cannot be read is still announced: a browser shows a notice of its own otherwise.
  }
  const about = {
    body: told.body || "",
    tag: told.tag || "jaliya",
    lang: told.lang || "",
    dir: told.dir || "auto",
    data: { url: told.url || "/" },
  };
  event.waitUntil(self.registration.showNotification(told.title || "Jaliya", about));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const target = new URL(event.notification.data.url, self.location.origin);
  if (target.origin === self.location.origin) {
    event.waitUntil(self.clients.openWindow(target.href));
  }
});
