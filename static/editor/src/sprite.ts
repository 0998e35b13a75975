import sprite from "../../img/sprite.svg";

const ID = "flow-editor-sprite";

/** The site's drawings, put into the page once, so that the editor's icons take the colour of the text beside them. */
export function placeSprite(): void {
  if (document.getElementById(ID)) return;
  const parsed = new DOMParser().parseFromString(sprite, "image/svg+xml").documentElement;
  for (const symbol of parsed.querySelectorAll("symbol")) symbol.id = `fe-${symbol.id}`;
  parsed.id = ID;
  parsed.setAttribute("aria-hidden", "true");
  parsed.setAttribute("width", "0");
  parsed.setAttribute("height", "0");
  parsed.classList.add("fe-sprite");
  document.body.append(document.importNode(parsed, true));
}
