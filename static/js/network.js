// The network page: tabs, what the graph shows, and a layer lit in graph, table and code together.

// --- tabs: arrows move, as the pattern for tabs asks --------------------------
for (const box of document.querySelectorAll("[data-tabs]")) {
  const tabs = [...box.querySelectorAll('[role="tab"]')];
  const choose = (chosen) => {
    for (const tab of tabs) {
      const on = tab === chosen;
      tab.setAttribute("aria-selected", String(on));
      tab.tabIndex = on ? 0 : -1;
      document.getElementById(tab.getAttribute("aria-controls")).hidden = !on;
    }
  };
  box.addEventListener("click", (event) => {
    const tab = event.target.closest('[role="tab"]');
    if (tab) choose(tab);
  });
  box.addEventListener("keydown", (event) => {
    const at = tabs.indexOf(event.target);
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (at < 0 || !step) return;
    const next = tabs[(at + step + tabs.length) % tabs.length];
    choose(next);
    next.focus();
  });
  box.querySelector("[data-copy-panel]")?.addEventListener("click", async (event) => {
    const label = event.currentTarget.querySelector("[data-label]");
    const lines = [...box.querySelectorAll('[role="tabpanel"]:not([hidden]) .l')].map((line) => line.textContent);
    try {
      await navigator.clipboard.writeText(lines.join("\n") + "\n");
      label.textContent = "Copied";
    } catch {
      label.textContent = "Not allowed";
    }
    setTimeout(() => (label.textContent = "Copy"), 2000);
  });
}

// --- beside the figure, over it, or the graph alone ----------------------------
const graph = document.querySelector("[data-graph]");
graph?.addEventListener("click", (event) => {
  const button = event.target.closest("[data-show]");
  if (!button) return;
  for (const other of graph.querySelectorAll("[data-show]")) other.setAttribute("aria-pressed", String(other === button));
  const pane = graph.querySelector(".graph-pane");
  const show = button.dataset.show;
  pane.classList.toggle("beside", show === "beside");
  pane.querySelector(".printed").hidden = show !== "beside";
  const view = pane.querySelector("flow-view");
  const config = show === "over" ? "view-over" : "view-graph";
  if (view.dataset.config !== config) {
    const fresh = document.createElement("flow-view");
    fresh.className = view.className;
    fresh.dataset.config = config;
    view.replaceWith(fresh);
  }
});

// --- a layer lights everywhere --------------------------------------------------
function light(layer) {
  for (const line of document.querySelectorAll(".l[data-layers]")) {
    line.classList.toggle("hit", layer !== null && line.dataset.layers.split("\x1f").includes(layer));
  }
  for (const row of document.querySelectorAll("tr[data-layer]")) row.classList.toggle("hit", row.dataset.layer === layer);
}

function layerOf(target) {
  const part = target instanceof Element ? target.closest("tr[data-layer], .l[data-layers], flow-view [data-id]") : null;
  if (!part) return null;
  return part.dataset.layer ?? part.dataset.layers?.split("\x1f")[0] ?? part.dataset.id;
}

document.addEventListener("pointerover", (event) => light(layerOf(event.target)));
document.addEventListener("focusin", (event) => light(layerOf(event.target)));
document.addEventListener("flow-view:select", (event) => light(event.detail?.layer ?? null));
