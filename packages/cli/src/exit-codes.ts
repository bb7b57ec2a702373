/** What the process exits with. Documented in every help text and in docs/cli.md. */
export const EXIT = Object.freeze({
  ok: 0,
  failure: 1,
  usage: 2,
  unreachable: 3,
  interrupted: 130,
});

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export const EXIT_MEANINGS: Readonly<Record<ExitCode, string>> = {
  0: 'Done; for check and doctor: no problems.',
  1: 'The server refused or failed the request, or check or doctor found a problem.',
  2: 'The command line or a file named on it is wrong; no model was asked.',
  3: 'The server cannot be reached.',
  130: 'Interrupted with Ctrl-C.',
};
