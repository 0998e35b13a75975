/** Words of generated code by kind, for colouring: Python and Caffe's prototxt. Not a parser; never wrong in text. */

export interface Token {
  text: string;
  kind: "" | "k" | "s" | "n" | "c" | "a" | "d";
}

const KEYWORDS =
  /^(?:False|None|True|and|as|assert|class|def|elif|else|for|from|if|import|in|is|lambda|not|or|raise|return|self|super|while|with)$/;
const PYTHON = /(#.*$)|("(?:[^"\\]|\\.)*"?|'(?:[^'\\]|\\.)*'?)|\b(\d[\d_]*(?:\.\d+)?(?:e[+-]?\d+)?)\b|([A-Za-z_]\w*)(\s*=(?!=))?/g;
const PROTOTXT = /(#.*$)|("(?:[^"\\]|\\.)*"?)|\b(\d[\d_]*(?:\.\d+)?(?:e[+-]?\d+)?)\b|([A-Za-z_]\w*)(\s*[:{])?/g;

/** One list of tokens a line. Text in triple quotes is a comment, over as many lines as it has. */
export function highlight(source: string, framework: string): Token[][] {
  const pattern = framework === "caffe" ? PROTOTXT : PYTHON;
  let inside = false;
  return source.replace(/\n$/, "").split("\n").map((line) => {
    const quotes = line.split('"""').length - 1;
    if (inside || quotes > 0) {
      if (quotes % 2 === 1) inside = !inside;
      return [{ text: line, kind: "c" as const }];
    }
    return tokens(line, pattern);
  });
}

function tokens(line: string, pattern: RegExp): Token[] {
  const found: Token[] = [];
  let end = 0;
  const push = (text: string, kind: Token["kind"]) => text && found.push({ text, kind });
  for (const match of line.matchAll(pattern)) {
    push(line.slice(end, match.index), "");
    const [whole, comment, string, number, word, assigned] = match;
    if (comment) push(comment, "c");
    else if (string) push(string, "s");
    else if (number) push(number, "n");
    else if (word && KEYWORDS.test(word)) {
      push(word, "k");
      push(assigned ?? "", "");
    } else if (word && assigned !== undefined && match.index > 0) {
      push(word, "a");
      push(assigned, "");
    } else push(whole, "");
    end = match.index + whole.length;
  }
  push(line.slice(end), "");
  return found;
}
