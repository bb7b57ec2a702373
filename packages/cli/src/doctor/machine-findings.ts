import { arch, cpus, platform, release, totalmem } from 'node:os';
import { formatBytes } from '../terminal/quantities.ts';
import type { Finding } from './finding.ts';

const NODE_MAJOR_MIN = 24;
const MEMORY_LOW_BYTES = 512 * 1024 * 1024;

export interface MachineFacts {
  readonly nodeVersion: string;
  /** Cores of the machine, and how many of them this process may use. */
  readonly machineCores: number;
  readonly usableCores: number;
  readonly machineMemoryBytes: number;
  /** Limit of the container; undefined without. */
  readonly memoryLimitBytes: number | undefined;
  /** What is free within that limit. */
  readonly memoryAvailableBytes: number;
  readonly system: string;
}

export function readMachineFacts(usableCores: number): MachineFacts {
  const machineMemoryBytes = totalmem();
  // 0 or a huge number where nothing is set, depending on the cgroup version.
  const limit = process.constrainedMemory();
  return {
    nodeVersion: process.versions.node,
    machineCores: cpus().length,
    usableCores,
    machineMemoryBytes,
    memoryLimitBytes: limit > 0 && limit < machineMemoryBytes ? limit : undefined,
    memoryAvailableBytes: process.availableMemory(),
    system: `${platform()} ${arch()} ${release()}`,
  };
}

export function machineFindings(facts: MachineFacts): readonly Finding[] {
  return [nodeFinding(facts), coreFinding(facts), memoryFinding(facts)];
}

function nodeFinding({ nodeVersion, system }: MachineFacts): Finding {
  const isOld = Number.parseInt(nodeVersion, 10) < NODE_MAJOR_MIN;
  return {
    section: 'machine',
    name: 'node',
    status: isOld ? 'problem' : 'ok',
    summary: `${nodeVersion} on ${system}`,
    advice: isOld ? `Install Node ${NODE_MAJOR_MIN} or later.` : '',
    details: { version: nodeVersion, system },
  };
}

function coreFinding({ machineCores, usableCores }: MachineFacts): Finding {
  const isLimited = usableCores < machineCores;
  return {
    section: 'machine',
    name: 'cores',
    status: 'ok',
    summary: isLimited
      ? `${usableCores} of the machine's ${machineCores} (limited by the container or by affinity)`
      : `${usableCores}`,
    advice: '',
    details: { usable: usableCores, machine: machineCores },
  };
}

function memoryFinding({ machineMemoryBytes, memoryLimitBytes, memoryAvailableBytes }: MachineFacts): Finding {
  const isLow = memoryAvailableBytes < MEMORY_LOW_BYTES;
  const size =
    memoryLimitBytes === undefined
      ? formatBytes(machineMemoryBytes)
      : `${formatBytes(memoryLimitBytes)} of the machine's ${formatBytes(machineMemoryBytes)} (limited by the container)`;
  return {
    section: 'machine',
    name: 'memory',
    status: isLow ? 'problem' : 'ok',
    summary: `${size}, ${formatBytes(memoryAvailableBytes)} free`,
    advice: isLow
      ? `Models need memory: free some, or raise the limit; less than ${formatBytes(MEMORY_LOW_BYTES)} is left.`
      : '',
    details: {
      machine_bytes: machineMemoryBytes,
      limit_bytes: memoryLimitBytes ?? null,
      available_bytes: memoryAvailableBytes,
    },
  };
}
