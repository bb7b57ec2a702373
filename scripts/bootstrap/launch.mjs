/**
 * Runs the child on Node 24 in our place: same streams, same signals, same exit code.
 *
 * Signals. Ctrl-C in a terminal reaches the whole process group, npm sends it once more to what it runs, and a service
 * manager sends SIGTERM to one process only. The child must see each stop once. So:
 * - repeats of a signal within a second are one signal;
 * - a child that takes part (`handsOverSignals`) is told over the message channel, and acts on the message only when
 *   the signal itself does not reach it (scripts/stop-signals.ts);
 * - to other children SIGTERM is passed on, and SIGINT only where no terminal has sent it to them already.
 */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { BootstrapError } from './bootstrap-error.mjs';

const { flags: NODE_FLAGS } = JSON.parse(readFileSync(new URL('./node-flags.json', import.meta.url), 'utf8'));
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];
const REPEAT_MS = 1000;

/**
 * @param {string} executable
 * @param {string[]} args
 * @param {{ handsOverSignals: boolean }} options
 */
export async function launch(executable, args, { handsOverSignals }) {
  const child = spawn(executable, ['--disable-warning=ExperimentalWarning', ...NODE_FLAGS, ...args], {
    stdio: handsOverSignals ? ['inherit', 'inherit', 'inherit', 'ipc'] : 'inherit',
  });
  const stopForwarding = forwardSignals(child, handsOverSignals);
  const { code, signal } = await new Promise((resolve, reject) => {
    child.on('error', (error) => reject(new BootstrapError(`${executable} cannot be run: ${error.message}`)));
    child.on('exit', (exitCode, exitSignal) => resolve({ code: exitCode, signal: exitSignal }));
  });
  stopForwarding();
  if (signal === null) process.exitCode = code ?? 1;
  else process.kill(process.pid, signal);
}

function forwardSignals(child, handsOverSignals) {
  const lastMs = new Map();
  const terminal = process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY;
  const forward = (signal) => {
    const nowMs = Date.now();
    const repeated = nowMs - (lastMs.get(signal) ?? -Infinity) < REPEAT_MS;
    lastMs.set(signal, nowMs);
    if (repeated) return;
    if (handsOverSignals && child.connected) child.send({ stop: signal }, () => {});
    else if (signal === 'SIGTERM' || !terminal) child.kill(signal);
  };
  for (const signal of SIGNALS) process.on(signal, forward);
  return () => {
    for (const signal of SIGNALS) process.off(signal, forward);
  };
}
