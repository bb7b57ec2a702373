/**
 * Shows that something is under way, once it takes more than a second: a spinner on a terminal, elsewhere a line now and
 * then. On standard error, so that output stays clean.
 */
const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const QUIET_MS = 1000;
const FRAME_MS = 100;
const LINE_MS = 5000;

/**
 * @param {string} what without a full stop
 * @param {NodeJS.WriteStream} [stream]
 */
export function startProgress(what, stream = process.stderr) {
  const startedMs = Date.now();
  const elapsed = () => `${Math.round((Date.now() - startedMs) / 1000)} s`;
  const isTerminal = stream.isTTY && process.env.CI === undefined && process.env.TERM !== 'dumb';
  let shown = false;
  let frame = 0;
  let timer;

  const draw = () => {
    shown = true;
    if (isTerminal) stream.write(`\r${FRAMES[frame++ % FRAMES.length]} ${what} … ${elapsed()} `);
    else stream.write(`${what} … ${elapsed()}\n`);
  };
  const first = setTimeout(() => {
    draw();
    timer = setInterval(draw, isTerminal ? FRAME_MS : LINE_MS);
    timer.unref();
  }, QUIET_MS);
  first.unref();

  const finish = (mark, outcome) => {
    clearTimeout(first);
    clearInterval(timer);
    if (!shown) return;
    stream.write(`${isTerminal ? `\r${mark} ` : ''}${what}: ${outcome} ${elapsed()}${isTerminal ? '   ' : ''}\n`);
  };
  return { done: () => finish('✔', 'done in'), fail: () => finish('✖', 'failed after') };
}
