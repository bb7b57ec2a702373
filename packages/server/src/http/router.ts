import { invalidArgument } from '@rangefinder/base';

/** What the router needs to know of an endpoint; `path` has `{name}` for a segment that varies, and `{name...}` at its end for the rest. */
export interface RoutePattern {
  readonly method: string;
  readonly path: string;
}

export type RouteMatch<R> =
  | { readonly kind: 'found'; readonly route: R; readonly params: readonly string[] }
  | { readonly kind: 'wrong-method'; readonly allow: string }
  | { readonly kind: 'unknown' };

interface TrieNode<R> {
  readonly literals: Map<string, TrieNode<R>>;
  parameter: TrieNode<R> | undefined;
  rest: boolean;
  readonly routes: Map<string, R>;
  allow: string;
}

/**
 * Paths as a trie of segments, built once. A literal segment wins over a parameter, so `/v2/models/stats` is the statistics
 * of all models and not a model called `stats`. One trailing slash is forgiven. HEAD goes where GET goes.
 */
export class Router<R extends RoutePattern> {
  readonly #root: TrieNode<R> = emptyNode();

  constructor(routes: readonly R[]) {
    for (const route of routes) this.#add(route);
  }

  /** Throws INVALID_ARGUMENT for a path whose percent encoding is broken. `path` is without the query. */
  match(method: string, path: string): RouteMatch<R> {
    const end = path.length > 1 && path.endsWith('/') ? path.length - 1 : path.length;
    const params: string[] = [];
    const node = path === '/' ? this.#root : descend(this.#root, path, 1, end, params);
    if (node === undefined) return { kind: 'unknown' };
    const route = node.routes.get(method === 'HEAD' ? 'GET' : method);
    if (route === undefined) return { kind: 'wrong-method', allow: node.allow };
    for (let i = 0; i < params.length; i++) params[i] = decodeSegment(params[i]!);
    return { kind: 'found', route, params };
  }

  #add(route: R): void {
    let node = this.#root;
    const segments = route.path === '/' ? [] : route.path.slice(1).split('/');
    for (const segment of segments) {
      if (segment.startsWith('{')) {
        node = node.parameter ??= emptyNode();
        if (segment.endsWith('...}')) node.rest = true;
        continue;
      }
      let next = node.literals.get(segment);
      if (next === undefined) node.literals.set(segment, (next = emptyNode()));
      node = next;
    }
    if (node.routes.has(route.method)) throw new Error(`two routes for ${route.method} ${route.path}`);
    node.routes.set(route.method, route);
    const methods = [...node.routes.keys()];
    if (node.routes.has('GET')) methods.push('HEAD');
    node.allow = [...methods, 'OPTIONS'].join(', ');
  }
}

function emptyNode<R>(): TrieNode<R> {
  return { literals: new Map(), parameter: undefined, rest: false, routes: new Map(), allow: '' };
}

/** Finds the node for path[start..end), literals first, collecting raw parameters. Depth is bounded by the longest route. */
function descend<R>(
  node: TrieNode<R>,
  path: string,
  start: number,
  end: number,
  params: string[],
): TrieNode<R> | undefined {
  // Past the end: the last segment is consumed. Right at it there is a segment left, and it is empty.
  if (start > end) return node.routes.size > 0 ? node : undefined;
  let slash = path.indexOf('/', start);
  if (slash < 0 || slash > end) slash = end;
  const segment = path.slice(start, slash);
  const literal = node.literals.get(segment);
  if (literal !== undefined) {
    const found = descend(literal, path, slash + 1, end, params);
    if (found !== undefined) return found;
  }
  const parameter = node.parameter;
  if (parameter === undefined || segment === '') return undefined;
  if (parameter.rest) {
    params.push(path.slice(start, end));
    return parameter;
  }
  params.push(segment);
  const found = descend(parameter, path, slash + 1, end, params);
  if (found === undefined) params.pop();
  return found;
}

function decodeSegment(raw: string): string {
  if (!raw.includes('%')) return raw;
  try {
    return decodeURIComponent(raw);
  } catch {
    throw invalidArgument('path', `expected valid percent-encoded UTF-8, got "${raw.slice(0, 128)}"`);
  }
}
