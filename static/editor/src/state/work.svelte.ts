import { getContext, setContext } from "svelte";
import type { Api } from "../lib/api";
import type { Place } from "../lib/operations";
import type { EditorConfig, Problem } from "../lib/types";
import type { Editor } from "./editor.svelte";
import type { Checks, CodePreview } from "./live.svelte";
import type { Approving } from "./approving.svelte";
import type { Saving } from "./saving.svelte";

export type Dialog = "submit" | "skip" | "commands" | "help" | "type" | "connect";
export type DockTab = "problems" | "doubts" | "list" | "history";
export type Sheet = "layer" | "add" | "dock" | "code";

/** What the canvas lets others do with its view. */
export interface CanvasView {
  fit(): void;
  zoomIn(): void;
  zoomOut(): void;
  /** Bring these layers into view. */
  show(ids: readonly string[]): void;
  /** The middle of what is seen, in canvas units. */
  middle(): Place;
  focusCanvas(): void;
}

export interface Notice {
  message: string;
  undoable: boolean;
  number: number;
}

const NO_CANVAS: CanvasView = { fit() {}, zoomIn() {}, zoomOut() {}, show() {}, middle: () => ({ x: 0, y: 0 }), focusCanvas() {} };
const SETTINGS = "dlp2c-editor";

/** What is open and how it is looked at: nothing in here is part of the answer. */
export class View {
  mode = $state<"over" | "beside">("over");
  opacity = $state(0.75);
  asPrinted = $state(false);
  letters = $state(true);
  dialog = $state<Dialog | null>(null);
  dock = $state<DockTab>("problems");
  sheet = $state<Sheet | null>(null);
  notice = $state.raw<Notice | null>(null);
  canvas: CanvasView = NO_CANVAS;
  /** Focus moves to the field of this name in the panel. */
  field = $state.raw<{ name: string; number: number } | null>(null);
  searchFocus = $state(0);
  #number = 0;

  constructor() {
    try {
      const kept = JSON.parse(localStorage.getItem(SETTINGS) ?? "{}") as Partial<View>;
      if (typeof kept.opacity === "number") this.opacity = kept.opacity;
      if (kept.letters === false) this.letters = false;
    } catch {
      // Settings that can't be read are as if never set.
    }
  }

  keepSettings(): void {
    try {
      localStorage.setItem(SETTINGS, JSON.stringify({ opacity: this.opacity, letters: this.letters }));
    } catch {
      // Where storage is forbidden, settings last as long as the page.
    }
  }

  tell(message: string, undoable = false): void {
    this.notice = { message, undoable, number: (this.#number += 1) };
  }

  focusField(name: string): void {
    this.sheet = "layer";
    this.field = { name, number: (this.#number += 1) };
  }
}

/** All that the parts of the editor share. */
export class Work {
  readonly view = new View();
  leaving = false;

  constructor(
    readonly config: EditorConfig,
    readonly api: Api,
    readonly editor: Editor,
    readonly saving: Saving | Approving,
    readonly checks: Checks,
    readonly preview: CodePreview,
  ) {
    editor.onnotice = (message, undoable) => this.view.tell(message, undoable);
  }

  showProblem(problem: Problem): void {
    if (problem.connection) {
      const [source, target] = problem.connection;
      this.editor.select([], [`${source}→${target}`]);
      this.view.canvas.show([source, target]);
    } else if (problem.layer !== null) this.showLayer(problem.layer);
  }

  /** A layer by its id, or a connection as "source>target". */
  showElement(element: string): void {
    const [source = "", target] = element.split(">");
    if (target === undefined) return this.showLayer(source);
    this.editor.select([], [`${source}→${target}`]);
    this.view.canvas.show([source, target].filter((id) => this.editor.byId.has(id)));
  }

  showLayer(id: string): void {
    if (!this.editor.byId.has(id)) return;
    this.editor.select([id]);
    this.view.sheet = "layer";
    this.view.canvas.show([id]);
  }

  nextDoubt(step: 1 | -1 = 1): void {
    const doubt = this.editor.nextDoubt(step);
    if (!doubt) return this.view.tell("Nothing is in doubt any more.");
    this.view.sheet = "layer";
    this.view.canvas.show(doubt.kind === "layer" ? [doubt.key] : [doubt.source, doubt.target]);
  }

  /** Add a layer where it is seen: below the selected one and fed by it, or in the middle. */
  add(type: string): void {
    const { editor, view } = this;
    const after = editor.selected;
    const at = after && editor.doc.places[after.id];
    const feeds = after && (editor.catalogue.get(type)?.max_inputs ?? 1) !== 0 && after.type !== "Output";
    const place = at ? { x: at.x, y: at.y + 74 } : view.canvas.middle();
    while (Object.values(editor.doc.places).some((p) => Math.abs(p.x - place.x) < 40 && Math.abs(p.y - place.y) < 30)) place.y += 60;
    const id = editor.add(type, place, feeds && after ? { after: after.id } : {});
    view.canvas.show([id]);
    view.tell(feeds && after ? `Added ${type} after \`${editor.nameOf(after.id)}\`.` : `Added ${type}.`, true);
  }

  /** Answer number `index` of the open question; false where there is none. */
  async leave(url: string): Promise<void> {
    this.leaving = true;
    location.assign(url);
  }
}

const KEY = Symbol("work");
export const provideWork = (work: Work): Work => setContext(KEY, work);
export const useWork = (): Work => getContext<Work>(KEY);
