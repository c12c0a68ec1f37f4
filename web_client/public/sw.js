// Without a network: the neutral page as it is, and in place of every other page one with the crisis numbers.
// Keeps nothing else, so no page of the product can ever be an old one; nothing of a person is in what is kept.
const KEPT = "offline-1";
const FILES = ["/offline.html", "/offline.css", "/offline.js", "/icon.svg", "/neutral.html", "/neutral.css"];

addEventListener("install", (event) => {
  event.waitUntil(
    caches
      .open(KEPT)
      .then((kept) => kept.addAll(FILES))
      .then(() => skipWaiting()),
  );
});

async function begin() {
  for (const name of await caches.keys()) if (name !== KEPT) await caches.delete(name);
  // The page is asked for while this worker starts, so that it slows nobody down.
  await registration.navigationPreload?.enable();
  await clients.claim();
}

addEventListener("activate", (event) => event.waitUntil(begin()));

async function page(event, path) {
  try {
    return (await event.preloadResponse) ?? (await fetch(event.request));
  } catch {
    return (await caches.match(FILES.includes(path) ? path : "/offline.html")) ?? Response.error();
  }
}

async function file(event, path) {
  try {
    return await fetch(event.request);
  } catch {
    return (await caches.match(path)) ?? Response.error();
  }
}

addEventListener("fetch", (event) => {
  const { pathname, origin } = new URL(event.request.url);
  if (event.request.method !== "GET" || origin !== location.origin || pathname.startsWith("/api/")) return;
  if (event.request.mode === "navigate") event.respondWith(page(event, pathname));
  else if (FILES.includes(pathname)) event.respondWith(file(event, pathname));
});
