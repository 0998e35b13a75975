// A layer lights in the graph and in the rows below together.
document.addEventListener("flow-view:select", (event) => {
  for (const row of document.querySelectorAll("tr[data-layer]")) {
    row.classList.toggle("hit", event.detail.layer !== null && row.dataset.layer === event.detail.layer);
  }
});
