/** Keys of commands: "mod+z", "shift+mod+z", "n", "delete", "?". */
export interface Key {
  mod: boolean;
  shift: boolean;
  key: string;
}

export function parseKey(text: string): Key {
  const parts = text.split("+");
  return { mod: parts.includes("mod"), shift: parts.includes("shift"), key: parts.at(-1) as string };
}

export interface Pressed {
  key: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
  shiftKey: boolean;
}

export function fits(event: Pressed, text: string): boolean {
  const { mod, shift, key } = parseKey(text);
  if (event.altKey || (event.ctrlKey || event.metaKey) !== mod) return false;
  // Signs such as "?" need Shift on some keyboards and none on others.
  if (/^[a-z]$/.test(key) && event.shiftKey !== shift) return false;
  return event.key.toLowerCase() === key;
}

/** Is someone typing here, so that letters are text and no commands? */
export const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && target.closest("input:not([type=range], [type=checkbox], [type=radio]), textarea, select, [contenteditable]") !== null;

export function shown(text: string, mac: boolean): string {
  const { mod, shift, key } = parseKey(text);
  const named: Record<string, string> = { delete: "Del", backspace: "⌫", escape: "Esc" };
  const label = named[key] ?? (key.length === 1 ? key.toUpperCase() : key);
  return [mod ? (mac ? "⌘" : "Ctrl") : "", shift ? "Shift" : "", label].filter(Boolean).join(" ");
}
