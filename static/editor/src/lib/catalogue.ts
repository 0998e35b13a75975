import type { CatalogueData, Family, Layer, LayerType, Parameter, Value } from "./types";

/** The catalogue with the look-ups that the editor needs. */
export class Catalogue {
  readonly families: CatalogueData["families"];
  readonly types: LayerType[];
  readonly #byName: Map<string, LayerType>;

  constructor(data: CatalogueData) {
    this.families = data.families;
    this.types = data.types;
    this.#byName = new Map(data.types.map((type) => [type.name, type]));
  }

  get(name: string): LayerType | undefined {
    return this.#byName.get(name);
  }

  family(type: string): Family {
    return this.get(type)?.family ?? "block";
  }

  /** Types whose name, alias or help fits the words; names that begin with them first. */
  search(query: string): LayerType[] {
    const words = fold(query);
    if (!words) return this.types;
    return this.types
      .map((type) => ({ type, rank: rankOf(type, words, query.trim().toLowerCase()) }))
      .filter(({ rank }) => rank > 0)
      .sort((a, b) => b.rank - a.rank)
      .map(({ type }) => type);
  }
}

export const fold = (text: string): string => text.toLowerCase().replace(/[^a-z0-9+]+/g, "");

function rankOf(type: LayerType, folded: string, words: string): number {
  const name = type.name.toLowerCase();
  if (name === folded) return 6;
  if (name.startsWith(folded)) return 5;
  if (type.aliases.some((alias) => fold(alias) === folded)) return 4;
  if (name.includes(folded)) return 3;
  if (type.aliases.some((alias) => fold(alias).includes(folded))) return 2;
  return type.help.toLowerCase().includes(words) ? 1 : 0;
}

/** The silhouette: the family's, but resizing widens where pooling narrows, and the unknown asks. */
export function glyphOf(type: string, family: Family): string {
  if (type === "Unknown") return "unk";
  if (/^(UpSampling|ZeroPadding)/.test(type)) return "up";
  return family;
}

/** The form's rows: the catalogue's parameters, then those of the layer that the type doesn't know. */
export function formRows(layer: Layer, type: LayerType | undefined): { known: Parameter[]; extra: Parameter[] } {
  const known = type?.parameters ?? [];
  const names = new Set(known.map((parameter) => parameter.name));
  const extra = Object.entries(layer.params ?? {})
    .filter(([name]) => !names.has(name))
    .map(([name, value]) => ({ name, kind: kindOf(value), required: false, help: "" }));
  return { known, extra };
}

function kindOf(value: Value): Parameter["kind"] {
  if (typeof value === "boolean") return "bool";
  if (typeof value === "number") return Number.isInteger(value) ? "int" : "float";
  return Array.isArray(value) && value.every((item) => typeof item === "number") ? "ints" : "text";
}

export const parameterLabel = (name: string): string => {
  const words = name.replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
};
