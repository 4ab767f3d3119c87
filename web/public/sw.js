// Shows what is pushed while no page is open, and opens the place that it is about. Nothing else: the
// page itself is not kept, so that it is never an old one.

self.addEventListener("push", (event) => {
  const told = event.data?.json() ?? {};
  const shown = self.registration.showNotification(told.sender ?? "Causerie", {
    body: told.text ?? "",
    tag: told.conversation_id ?? told.kind,
    icon: "/favicon.svg",
    data: told.conversation_id ? `/c/${told.conversation_id}` : "/",
  });
  event.waitUntil(shown);
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(open(event.notification.data));
});

async function open(place) {
  const pages = await self.clients.matchAll({ type: "window" });
  const [page] = pages;
  if (page === undefined) return self.clients.openWindow(place);
  page.postMessage({ go: place });
  return page.focus();
}
