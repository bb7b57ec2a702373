/** A line for a limit that must hold, `kept` or `MISSED`; one that is missed makes the benchmark fail. */
export function verdict(what: string, measured: string, limit: string, isKept: boolean): void {
  console.log(`${what}: ${measured}, limit ${limit}: ${isKept ? 'kept' : 'MISSED'}`);
  if (!isKept) process.exitCode = 1;
}
