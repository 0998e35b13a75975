/** Values as they are shown and as they are typed. */
import type { Parameter, Shape, Value } from "./types";

export const times = (sizes: readonly (number | null)[]): string => sizes.map((size) => size ?? "?").join(" × ");

export const shapeText = (shape: Shape | null | undefined): string => {
  if (!shape) return "not known";
  return shape.length ? times(shape) : "one number";
};

export function valueText(value: Value | undefined): string {
  if (value === undefined || value === null) return "";
  if (Array.isArray(value)) return value.every((v) => typeof v === "number") ? times(value as number[]) : value.map(valueText).join(", ");
  if (typeof value === "object") return JSON.stringify(value);
  return typeof value === "boolean" ? (value ? "yes" : "no") : String(value);
}

/** The text of an input field; a list is typed with spaces, commas or crosses between its numbers. */
export function fieldText(value: Value | undefined): string {
  if (value === undefined || value === null) return "";
  return Array.isArray(value) ? value.map(fieldText).join(", ") : typeof value === "object" ? JSON.stringify(value) : String(value);
}

export type Parsed = { ok: true; value: Value | undefined } | { ok: false; message: string };

const bad = (message: string): Parsed => ({ ok: false, message });

/** What a person typed, as a value of the parameter's kind; empty takes the value away. */
export function parseField(parameter: Parameter, text: string): Parsed {
  const trimmed = text.trim();
  if (trimmed === "") return { ok: true, value: undefined };
  switch (parameter.kind) {
    case "int":
    case "float":
      return parseNumber(parameter, trimmed);
    case "size":
    case "ints":
    case "floats":
      return parseList(parameter, trimmed);
    case "bool":
      return { ok: true, value: trimmed === "true" };
    default:
      return { ok: true, value: trimmed };
  }
}

function parseNumber(parameter: Parameter, text: string): Parsed {
  const number = Number(text.replace(/(?<=\d)[ ,_](?=\d{3}\b)/g, ""));
  if (!Number.isFinite(number)) return bad("This needs a number.");
  if (parameter.kind !== "float" && !Number.isInteger(number)) return bad("This needs a whole number.");
  return limits(parameter, number) ?? { ok: true, value: number };
}

function parseList(parameter: Parameter, text: string): Parsed {
  const parts = text.replace(/[[\]()]/g, " ").split(/[\s,;×x*]+/i).filter(Boolean);
  const numbers = parts.map(Number);
  if (numbers.length === 0 || numbers.some((number) => !(parameter.kind === "floats" ? Number.isFinite(number) : Number.isInteger(number)))) {
    return bad(parameter.kind === "floats" ? "This needs numbers, as in 0.5, 0.4, 0.4." : "This needs whole numbers, as in 3 × 3.");
  }
  for (const number of numbers) {
    const outside = limits(parameter, number);
    if (outside) return outside;
  }
  const single = parameter.kind !== "ints" && numbers.length === 1;
  return { ok: true, value: single ? (numbers[0] as number) : numbers };
}

function limits({ minimum, maximum }: Parameter, number: number): Parsed | null {
  if (minimum !== undefined && number < minimum) return bad(`This can't be below ${minimum}.`);
  if (maximum !== undefined && number > maximum) return bad(`This can't be above ${maximum}.`);
  return Math.abs(number) > 1e9 ? bad("This is too large.") : null;
}

/** A shape as typed: "28 × 28 × ?", sizes that are not known as a question mark. */
export function parseShape(text: string): { ok: true; shape: Shape | null } | { ok: false; message: string } {
  if (!text.trim()) return { ok: true, shape: null };
  const sizes = text.split(/[\s,;×x*]+/i).filter(Boolean).map((part) => (part === "?" ? null : Number(part)));
  if (sizes.some((size) => size !== null && (!Number.isInteger(size) || size < 1))) {
    return { ok: false, message: "Sizes are whole numbers above 0, as in 28 × 28 × 6; ? for one that is not known." };
  }
  return sizes.length > 8 ? { ok: false, message: "A shape has at most 8 sizes." } : { ok: true, shape: sizes };
}

export const count = (number: number | null | undefined): string =>
  number === null || number === undefined ? "?" : number.toLocaleString("en");

export const plural = (number: number, one: string, many = `${one}s`): string => `${count(number)} ${number === 1 ? one : many}`;
