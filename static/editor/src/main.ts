import "./editor.css";
import { mount, unmount } from "svelte";
import FlowEditor from "./components/FlowEditor.svelte";
import FlowView from "./components/FlowView.svelte";
import type { EditorConfig } from "./lib/types";
import type { ViewConfig } from "./lib/view";
import { placeSprite } from "./sprite";

/** Reads the JSON that the page carries in the element whose id `data-config` names. */
function configOf<T>(element: HTMLElement): T {
  const source = document.getElementById(element.dataset.config ?? "");
  if (!source?.textContent) throw new Error(`The page has no JSON “${element.dataset.config}” for <${element.localName}>.`);
  return JSON.parse(source.textContent) as T;
}

/** A custom element in the page's own DOM (so that the page's styles hold), mounted and unmounted with the page. */
abstract class Mounted extends HTMLElement {
  #app: Record<string, unknown> | null = null;

  connectedCallback(): void {
    if (this.#app) return;
    placeSprite();
    this.replaceChildren();
    this.#app = this.open();
  }

  disconnectedCallback(): void {
    if (this.#app) void unmount(this.#app);
    this.#app = null;
  }

  protected abstract open(): Record<string, unknown>;
}

class FlowEditorElement extends Mounted {
  protected open() {
    return mount(FlowEditor, { target: this, props: { config: configOf<EditorConfig>(this) } });
  }
}

class FlowViewElement extends Mounted {
  protected open() {
    return mount(FlowView, { target: this, props: { config: configOf<ViewConfig>(this), host: this } });
  }
}

customElements.define("flow-editor", FlowEditorElement);
customElements.define("flow-view", FlowViewElement);
