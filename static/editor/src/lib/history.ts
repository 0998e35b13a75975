/**
 * Undo without limit. Documents share what they have in common, so an entry costs no more than its own change; the
 * inverse of an operation is the document before it, which makes undo exact whatever the operation was.
 */
export interface Entry<T> {
  readonly label: string;
  readonly before: T;
  readonly after: T;
  /** Entries of the same key that follow closely are one: typing a word is one step back. */
  readonly key: string | null;
  readonly at: number;
}

export interface History<T> {
  readonly present: T;
  readonly past: readonly Entry<T>[];
  readonly future: readonly Entry<T>[];
}

const MERGE_WITHIN = 1500;

export const begin = <T>(present: T): History<T> => ({ present, past: [], future: [] });

export function commit<T>(history: History<T>, label: string, after: T, key: string | null = null, at = Date.now()): History<T> {
  if (after === history.present) return history;
  const last = history.past.at(-1);
  if (last && key !== null && last.key === key && at - last.at < MERGE_WITHIN) {
    const merged = { ...last, after, at };
    return { present: after, past: [...history.past.slice(0, -1), merged], future: [] };
  }
  return { present: after, past: [...history.past, { label, before: history.present, after, key, at }], future: [] };
}

export function undo<T>(history: History<T>): History<T> {
  const last = history.past.at(-1);
  if (!last) return history;
  return { present: last.before, past: history.past.slice(0, -1), future: [last, ...history.future] };
}

export function redo<T>(history: History<T>): History<T> {
  const [next, ...future] = history.future;
  if (!next) return history;
  // A redone entry takes no more edits in: what was typed before is over.
  return { present: next.after, past: [...history.past, { ...next, key: null }], future };
}

/** To the state after the entry of this index among all entries, past and future; -1 is the beginning. */
export function jump<T>(history: History<T>, index: number): History<T> {
  let next = history;
  while (next.past.length - 1 > index) next = undo(next);
  while (next.past.length - 1 < index && next.future.length > 0) next = redo(next);
  return next;
}
