import { readFileSync } from 'node:fs'; // plant: no-restricted-imports

export const readings = [
  Date.now(), // plant: no-restricted-globals
  performance.now(), // plant: no-restricted-globals
  Math.random(), // plant: no-restricted-properties
  process.pid, // plant: no-restricted-globals
  readFileSync.length,
];

export function later(fire: () => void): unknown {
  const handles: unknown[] = [setTimeout(fire, 1), setInterval(fire, 1), setImmediate(fire)]; // plant: no-restricted-globals no-restricted-globals no-restricted-globals
  handles.push(Promise.resolve()); // plant: no-restricted-globals
  return handles;
}

export async function waits(): Promise<void> {} // plant: no-async-await
