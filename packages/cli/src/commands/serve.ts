import { main } from '@rangefinder/server';
import { EXIT, type ExitCode } from '../exit-codes.ts';

/** The server as its own program runs it; it drains on the first stop signal and says itself what goes wrong. */
export async function runServe(args: readonly string[]): Promise<ExitCode> {
  await main(args);
  return (process.exitCode ?? EXIT.ok) as ExitCode;
}
