// Keeps one page, Help now, and its style sheet for the moment without a connection. It stores no other page, ever.
"use strict";
var KEPT = "help-{version}";
var WANTED = ["/help", "{style}"];

self.addEventListener("install", function (event) {
  event.waitUntil(
    caches.open(KEPT).then(function (kept) {
      return Promise.all(WANTED.map(function (path) {
        return kept.add(new Request(path, { cache: "reload", credentials: "same-origin" }));
      }));
    }).then(function () { return self.skipWaiting(); })
  );
});

self.addEventListener("activate", function (event) {
  event.waitUntil(
    caches.keys().then(function (names) {
      return Promise.all(names.filter(function (name) { return name !== KEPT; }).map(function (name) { return caches.delete(name); }));
    }).then(function () { return self.clients.claim(); })
  );
});

// Help now: the connection first, and what was kept when it fails. The style sheet: what was kept first. All else: as if we were not here,
// except that a page that cannot be reached becomes Help now.
self.addEventListener("fetch", function (event) {
  var request = event.request;
  var url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) {
    return;
  }
  if (url.pathname === "{style}") {
    event.respondWith(caches.match("{style}", { ignoreVary: true }).then(function (kept) { return kept || fetch(request); }));
  } else if (url.pathname === "/help") {
    event.respondWith(
      fetch(request).then(function (fresh) {
        if (fresh.ok && !url.search) {
          var copy = fresh.clone();
          event.waitUntil(caches.open(KEPT).then(function (kept) { return kept.put("/help", copy); }));
        }
        return fresh;
      }).catch(function () { return caches.match("/help", { ignoreVary: true }).then(function (kept) { return kept || Response.error(); }); })
    );
  } else if (request.mode === "navigate") {
    event.respondWith(
      fetch(request).catch(function () { return caches.match("/help", { ignoreVary: true }).then(function (kept) { return kept || Response.error(); }); })
    );
  }
});
