// Makes pages a little better where scripts run; every page works without it. Sends nothing anywhere.
"use strict";
// Help now stays at hand without a connection.
if ("serviceWorker" in navigator) {
  navigator.serviceWorker.register("/sw.js").catch(function () {});
}
// A form is sent once, also by a shaky hand that presses twice.
document.addEventListener("submit", function (event) {
  var form = event.target;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
  // A form that brings a file leaves the page as it is: it may be sent again after a while.
  window.setTimeout(function () { delete form.dataset.sent; }, 5000);
});
// Coming back with the browser's own button: the form may be sent again.
window.addEventListener("pageshow", function () {
  document.querySelectorAll("form[data-sent]").forEach(function (form) {
    delete form.dataset.sent;
  });
});
// A notice is shown once: its key leaves the address, so that a reload does not repeat it.
(function () {
  var here = new URL(window.location.href);
  if (here.searchParams.has("said")) {
    here.searchParams.delete("said");
    window.history.replaceState(null, "", here.pathname + here.search + here.hash);
  }
})();
// After a form that came back, the eye and the keyboard start at what to change.
(function () {
  var first = document.querySelector("[aria-invalid='true']");
  if (first) {
    first.focus();
  }
})();
