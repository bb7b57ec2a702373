import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument, type Document, type Node } from 'yaml';
import type { Located, LocatedScalar } from './located.ts';
import { SyntaxProblem } from './written-problem.ts';

const DEPTH_MAX = 64;

/**
 * Parses YAML 1.2 into the common tree. Anchors, aliases, tags and merge keys are refused: a configuration needs none of
 * them, and they are what makes YAML explode. Throws SyntaxProblem.
 */
export function parseYamlTree(text: string): Located {
  refuseDeepText(text);
  const lineCounter = new LineCounter();
  let document: Document.Parsed;
  try {
    // Duplicate keys are found below: the parser's own search compares every key with every other.
    document = parseDocument(text, {
      lineCounter, uniqueKeys: false, prettyErrors: false, schema: 'core', resolveKnownTags: false, stringKeys: true,
      merge: false, customTags: [], logLevel: 'error',
    }); // prettier-ignore
  } catch (error) {
    // The parser recurses; text that gets past the first check and still exhausts the stack ends here.
    throw new SyntaxProblem(0, 0, `cannot be read as YAML: ${(error as Error).message}`);
  }
  const fault = document.errors[0] ?? document.warnings[0];
  if (fault !== undefined) {
    const { line, col } = lineCounter.linePos(fault.pos[0]);
    // The parser's own words for this one name a function of its library.
    const message = fault.code === 'MULTIPLE_DOCS' ? 'expected one YAML document' : fault.message.split('\n', 1)[0]!;
    throw new SyntaxProblem(line, col, message);
  }
  return new TreeBuilder(lineCounter).build(document.contents, 0);
}

class TreeBuilder {
  readonly #lineCounter: LineCounter;

  constructor(lineCounter: LineCounter) {
    this.#lineCounter = lineCounter;
  }

  build(node: unknown, depth: number): Located {
    const { line, col } = this.#position(node);
    if (depth > DEPTH_MAX) throw new SyntaxProblem(line, col, `expected at most ${DEPTH_MAX} levels of nesting`);
    if (isAlias(node)) throw new SyntaxProblem(line, col, 'aliases (*name) are not allowed here');
    this.#refuseExtras(node, line, col);
    const place = { line };
    if (isSeq(node)) return { content: node.items.map((item) => this.build(item, depth + 1)), place };
    if (isMap(node)) {
      const content = new Map<string, Located>();
      for (const { key, value } of node.items) {
        const at = this.#position(key);
        if (!isScalar(key)) throw new SyntaxProblem(at.line, at.col, 'expected a name as key');
        this.#refuseExtras(key, at.line, at.col);
        const name = String(key.value);
        if (content.has(name))
          throw new SyntaxProblem(at.line, at.col, `${name.slice(0, 80)}: expected once, got again`);
        const child = this.build(value, depth + 1);
        // A nested value begins below its key, and people look for the key.
        content.set(name, { content: child.content, place: { line: at.line } });
      }
      return { content, place };
    }
    return { content: isScalar(node) ? this.#scalar(node.value, line, col) : null, place };
  }

  #scalar(value: unknown, line: number, column: number): LocatedScalar {
    if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
      return value;
    throw new SyntaxProblem(line, column, 'expected a string, number, true, false or null');
  }

  #refuseExtras(node: unknown, line: number, column: number): void {
    const { anchor, tag } = (node ?? {}) as { anchor?: string; tag?: string };
    if (anchor !== undefined) throw new SyntaxProblem(line, column, 'anchors (&name) are not allowed here');
    if (tag !== undefined) throw new SyntaxProblem(line, column, `tags (${tag.slice(0, 40)}) are not allowed here`);
  }

  #position(node: unknown): { line: number; col: number } {
    const offset = (node as Node | null)?.range?.[0];
    return offset === undefined ? { line: 0, col: 0 } : this.#lineCounter.linePos(offset);
  }
}

/**
 * Text whose brackets or whose `- - - -` nest deeper than any configuration is refused before the recursive parser sees
 * it. Brackets inside strings count too, which no sane configuration notices.
 */
function refuseDeepText(text: string): void {
  let open = 0;
  let dashes = 0;
  let line = 1;
  for (let i = 0; i < text.length; i++) {
    const character = text[i]!;
    if (character === '[' || character === '{') open++;
    else if ((character === ']' || character === '}') && open > 0) open--;
    if (character === '\n') line++;
    if (character === '-' || character === '?' || character === ':') dashes++;
    else if (character !== ' ' && character !== '\t' && character !== '\n') dashes = 0;
    if (open > DEPTH_MAX || dashes > 2 * DEPTH_MAX) {
      throw new SyntaxProblem(line, 0, `expected at most ${DEPTH_MAX} levels of nesting`);
    }
  }
}
