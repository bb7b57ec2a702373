import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const SCRIPTS = join(import.meta.dirname, '..', '..');

export interface Outcome {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * A checkout in a temporary folder that holds the real bootstrap and an npm that is played by a script: each `npm ci` is
 * noted in `npm-calls`, and what it does is given as JavaScript. By default it installs one package and a Node.
 */
export class FakeCheckout {
  readonly root: string = mkdtempSync(join(tmpdir(), 'rangefinder-bootstrap-'));

  constructor(npmBody: string = installs()) {
    mkdirSync(join(this.root, 'scripts'));
    for (const name of ['bootstrap.mjs', 'bootstrap', 'stop-signals.ts']) {
      cpSync(join(SCRIPTS, name), join(this.root, 'scripts', name), { recursive: true });
    }
    writeFileSync(join(this.root, 'package.json'), '{ "private": true, "type": "module" }');
    this.writeLock('1.0.0');
    this.setNpm(npmBody);
  }

  writeLock(version: string): void {
    const packages = { 'node_modules/thing': { version, integrity: `sha512-${version}` } };
    writeFileSync(join(this.root, 'package-lock.json'), JSON.stringify({ lockfileVersion: 3, packages }));
  }

  setNpm(body: string): void {
    const prelude = [
      `const { appendFileSync, copyFileSync, existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } = require('node:fs');`,
      `const { dirname } = require('node:path');`,
      `appendFileSync('npm-calls', process.argv.slice(2).join(' ') + '\\n');`,
    ];
    writeFileSync(join(this.root, 'npm-cli.cjs'), [...prelude, body].join('\n'));
  }

  write(path: string, text: string): void {
    writeFileSync(join(this.root, path), text);
  }

  get npmCalls(): string[] {
    const path = join(this.root, 'npm-calls');
    return existsSync(path) ? readFileSync(path, 'utf8').trim().split('\n') : [];
  }

  start(args: readonly string[]): ChildProcess {
    return spawn(process.execPath, [join(this.root, 'scripts', 'bootstrap.mjs'), ...args], {
      cwd: this.root,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, npm_execpath: join(this.root, 'npm-cli.cjs'), NODE_TEST_CONTEXT: undefined },
    });
  }

  run(...args: readonly string[]): Promise<Outcome> {
    return outcomeOf(this.start(args));
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}

export function outcomeOf(child: ChildProcess): Promise<Outcome> {
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk));
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
}

/** What a good `npm ci` leaves behind, after `takingMs`. */
export function installs(takingMs = 0): string {
  return `
    rmSync('node_modules', { recursive: true, force: true });
    setTimeout(() => {
      const platform = process.platform === 'win32' ? 'win' : process.platform;
      const node = 'node_modules/node-' + platform + '-' + process.arch + '/bin/node' + (platform === 'win' ? '.exe' : '');
      mkdirSync(dirname(node), { recursive: true });
      writeFileSync(dirname(node) + '/../package.json', '{ "version": "24.0.0" }');
      if (platform === 'win') copyFileSync(process.execPath, node); else symlinkSync(process.execPath, node);
      mkdirSync('node_modules/thing');
      writeFileSync('node_modules/thing/package.json', '{ "name": "thing" }');
    }, ${takingMs});`;
}
