// The last answer can be taken back for ten seconds; then, or when its reader leaves, it is handed in.
const kept = document.querySelector("[data-kept]");
let settled = !kept;
let staying = false;

function settle() {
  if (settled) return;
  settled = true;
  const data = new FormData(kept);
  data.append("settle", "1");
  navigator.sendBeacon(kept.action, data);
}

if (kept) {
  setTimeout(() => {
    settle();
    kept.hidden = true;
  }, 10_000);
  // Undo and the next answer say themselves what becomes of the one before.
  document.addEventListener("submit", () => (staying = true));
  addEventListener("pagehide", () => staying || settle());
}

// Who leaves without an answer gives the question back at once.
const giveBack = document.querySelector("[data-give-back]");
if (giveBack) {
  let answering = false;
  document.addEventListener("submit", () => (answering = true));
  addEventListener("pagehide", () => answering || navigator.sendBeacon(giveBack.action, new FormData(giveBack)));
}
