import { cpus, freemem, totalmem } from 'node:os';
import { family } from './model-series.ts';

interface CpuTimes {
  readonly busyMs: number;
  readonly totalMs: number;
}

/** The host's processor and memory under the names that Triton's dashboards read. */
export class HostSeries {
  #before: CpuTimes = cpuTimes();

  /** Utilization is the share since the render before. */
  render(): string {
    const now = cpuTimes();
    const elapsedMs = now.totalMs - this.#before.totalMs;
    const utilization = elapsedMs <= 0 ? 0 : (now.busyMs - this.#before.busyMs) / elapsedMs;
    this.#before = now;
    return [
      family('nv_cpu_utilization', 'Share of all cores in use, 0 to 1', 'gauge', [
        ['', Math.min(1, Math.max(0, utilization))],
      ]),
      family('nv_cpu_memory_total_bytes', 'Memory of the host', 'gauge', [['', totalmem()]]),
      family('nv_cpu_memory_used_bytes', 'Memory of the host in use', 'gauge', [['', totalmem() - freemem()]]),
    ].join('');
  }
}

function cpuTimes(): CpuTimes {
  let busyMs = 0;
  let totalMs = 0;
  for (const { times } of cpus()) {
    const busy = times.user + times.nice + times.sys + times.irq;
    busyMs += busy;
    totalMs += busy + times.idle;
  }
  return { busyMs, totalMs };
}
