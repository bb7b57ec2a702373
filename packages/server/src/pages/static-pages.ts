import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { RangefinderError } from '@rangefinder/base';
import type { Exchange } from '../http/exchange.ts';
import type { Reply } from '../http/reply.ts';

interface StaticFile {
  readonly bytes: Buffer;
  readonly contentType: string;
  readonly etag: string;
}

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.map': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.txt': 'text/plain; charset=utf-8',
};

const FILES_MAX = 500;

/** What a page of ours may load and do: nothing from elsewhere, no plug-ins, no frames around it. */
const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data: blob:",
  "media-src 'self' blob:",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Headers that go with every page. `policy` is its Content-Security-Policy. */
export function pageHeaders(policy: string): string[] {
  return ['Content-Security-Policy', policy, 'Referrer-Policy', 'no-referrer', 'X-Frame-Options', 'DENY'];
}

/**
 * The built dashboard, held in memory. Only what is in its folder when it is first asked for can be served: a request's path
 * is looked up in a table and never joined to a folder, so no path leads out of it.
 */
export class StaticPages {
  readonly #directory: string;
  #files: Promise<ReadonlyMap<string, StaticFile>> | undefined = undefined;

  constructor(directory: URL) {
    this.#directory = fileURLToPath(directory);
  }

  async index(exchange: Exchange): Promise<Reply> {
    return this.#reply(exchange, 'index.html', 'no-cache');
  }

  /** Assets carry a hash of their content in their names, so they may be kept for good. */
  async asset(exchange: Exchange): Promise<Reply> {
    return this.#reply(exchange, `assets/${exchange.param(0)}`, 'public, max-age=31536000, immutable');
  }

  async #reply(exchange: Exchange, path: string, cacheControl: string): Promise<Reply> {
    const files = await this.#load();
    const file = files.get(path);
    if (file === undefined) throw new RangefinderError('NOT_FOUND', `no file "${path.slice(0, 128)}" in the dashboard`);
    const headers = ['ETag', file.etag, 'Cache-Control', cacheControl];
    if (
      exchange
        .header('if-none-match')
        ?.split(',')
        .some((tag) => tag.trim().replace(/^W\//, '') === file.etag) === true
    ) {
      return { status: 304, contentType: '', body: '', headers };
    }
    if (path.endsWith('.html')) headers.push(...pageHeaders(PAGE_POLICY));
    return { status: 200, contentType: file.contentType, body: file.bytes, headers };
  }

  #load(): Promise<ReadonlyMap<string, StaticFile>> {
    // A failure is not kept: the dashboard may be built while the server runs.
    this.#files ??= loadFiles(this.#directory).catch((thrown: unknown) => {
      this.#files = undefined;
      throw thrown;
    });
    return this.#files;
  }
}

async function loadFiles(directory: string): Promise<ReadonlyMap<string, StaticFile>> {
  const files = new Map<string, StaticFile>();
  let entries;
  try {
    entries = await readdir(directory, { recursive: true, withFileTypes: true });
  } catch (cause) {
    throw new RangefinderError(
      'NOT_FOUND',
      'the dashboard is not built; run "npm start" once, or "npm run rangefinder" after "node scripts/build-dashboard.ts", and reload this page',
      { cause },
    );
  }
  for (const entry of entries.filter((one) => one.isFile()).slice(0, FILES_MAX)) {
    const path = join(entry.parentPath, entry.name);
    const bytes = await readFile(path);
    const hash = createHash('sha256').update(bytes).digest('base64url').slice(0, 22);
    const contentType = CONTENT_TYPES[extname(entry.name)] ?? 'application/octet-stream';
    files.set(
      path
        .slice(directory.length)
        .replace(/^[/\\]/, '')
        .replaceAll('\\', '/'),
      { bytes, contentType, etag: `"${hash}"` },
    );
  }
  return files;
}
