import { likelyAnswers } from "../lib/doubts";
import * as ops from "../lib/operations";
import type { Work } from "./work.svelte";

export interface Command {
  title: string;
  group: "Edit" | "Layers" | "View" | "Answer";
  keys: string[];
  icon?: string;
  enabled?: boolean;
  run(): void;
}

/** Every command there is: what the keys do, what the command list offers and what the help says. */
export function commandsOf(work: Work): Command[] {
  const { editor, view } = work;
  const { layers, edges } = editor.selection;
  const some = layers.length + edges.length > 0;
  return [
    { title: "Undo", group: "Edit", keys: ["mod+z", "z"], icon: "undo", enabled: editor.history.past.length > 0, run: () => editor.undo() },
    { title: "Redo", group: "Edit", keys: ["shift+mod+z", "mod+y", "shift+z"], icon: "redo", enabled: editor.history.future.length > 0, run: () => editor.redo() },
    { title: "Delete what is selected", group: "Edit", keys: ["delete", "backspace"], enabled: some, run: () => editor.removeSelection() },
    { title: "Copy layers", group: "Edit", keys: ["mod+c"], icon: "copy", enabled: layers.length > 0, run: () => copy(work) },
    { title: "Paste layers", group: "Edit", keys: ["mod+v"], run: () => editor.paste() },
    { title: "Duplicate layers", group: "Edit", keys: ["mod+d"], enabled: layers.length > 0, run: () => editor.duplicate() },
    { title: "Select all layers", group: "Edit", keys: ["mod+a"], run: () => editor.selectAll() },
    { title: "Add a layer", group: "Layers", keys: ["a"], icon: "plus", run: () => openPalette(work) },
    { title: "Connect to another layer", group: "Layers", keys: ["c"], enabled: layers.length > 0, run: () => connect(work) },
    { title: "Change the type", group: "Layers", keys: ["t"], enabled: layers.length === 1, run: () => (view.dialog = "type") },
    { title: "Rename", group: "Layers", keys: ["r", "f2"], enabled: layers.length === 1, run: () => view.focusField("name") },
    { title: "Next doubt", group: "Answer", keys: ["n"], run: () => work.nextDoubt() },
    { title: "Doubt before", group: "Answer", keys: ["shift+n"], run: () => work.nextDoubt(-1) },
    { title: work.config.review ? "Approve this network" : "Submit the answer", group: "Answer", keys: ["mod+enter"], icon: "check", run: () => (view.dialog = "submit") },
    { title: "Skip this question", group: "Answer", keys: [], enabled: !work.config.review, run: () => (view.dialog = "skip") },
    { title: "Save now", group: "Answer", keys: ["mod+s"], run: () => work.saving.saveNow() },
    { title: "Show all", group: "View", keys: ["f"], icon: "fit", run: () => view.canvas.fit() },
    { title: "Zoom in", group: "View", keys: ["+", "="], icon: "plus", run: () => view.canvas.zoomIn() },
    { title: "Zoom out", group: "View", keys: ["-"], icon: "minus", run: () => view.canvas.zoomOut() },
    { title: "Graph over the figure", group: "View", keys: ["o"], icon: "fig", run: () => (view.mode = "over") },
    { title: "Graph beside the figure", group: "View", keys: ["b"], run: () => (view.mode = "beside") },
    { title: "Tidy up, from top to bottom", group: "View", keys: ["l"], icon: "layers", run: () => void editor.autoLayout("TB").then(() => view.canvas.fit()) },
    { title: "Tidy up, from left to right", group: "View", keys: ["shift+l"], run: () => void editor.autoLayout("LR").then(() => view.canvas.fit()) },
    { title: "Put layers back onto the figure", group: "View", keys: [], enabled: editor.boxed > 0, run: () => editor.backOntoFigure() },
    { title: "Figure as printed, also in the dark", group: "View", keys: [], run: () => (view.asPrinted = !view.asPrinted) },
    { title: "List of layers", group: "View", keys: ["i"], icon: "tab", run: () => ((view.dock = "list"), (view.sheet = "dock")) },
    { title: "All commands", group: "View", keys: ["mod+k"], run: () => (view.dialog = "commands") },
    { title: "Keys and help", group: "View", keys: ["?"], icon: "info", run: () => (view.dialog = "help") },
  ];
}

function openPalette({ view }: Work): void {
  view.sheet = "add";
  view.searchFocus += 1;
}

function copy({ editor, view }: Work): void {
  const part = editor.copy();
  if (part) view.tell(part.layers.length === 1 ? "Copied 1 layer." : `Copied ${part.layers.length} layers.`);
}

/** Two selected layers are joined, the higher feeding the lower; from a single one the other end is asked for. */
function connect({ editor, view }: Work): void {
  const [first, second, ...more] = editor.selection.layers;
  if (!first || !second || more.length) {
    view.dialog = "connect";
    return;
  }
  const at = (id: string) => editor.doc.places[id] ?? { x: 0, y: 0 };
  const forward = at(first).y - at(second).y || at(first).x - at(second).x;
  editor.connect(...((forward <= 0 ? [first, second] : [second, first]) as [string, string]));
}

/** Gives answer `index` to the question that is open; false where no such answer is offered. */
export function giveAnswer({ editor }: Work, index: number): boolean {
  const doubt = editor.openDoubt;
  if (!doubt) return false;
  if (doubt.kind === "connection") {
    if (index === 0) editor.field("Connection confirmed", `confirm:${doubt.key}`, ops.confirmConnection(editor.doc, doubt.key));
    else if (index === 1) editor.disconnect(doubt.key);
    return index < 2;
  }
  const answer = likelyAnswers(doubt.layer, editor.flow, editor.catalogue)[index];
  if (answer) editor.answer(doubt.layer.id, answer.type);
  return answer !== undefined;
}
