import { RangefinderError } from '@rangefinder/base';
import type { RouteHandler } from '../api-route.ts';
import type { RouteHandlers } from './route-parts.ts';

export function sharedMemoryHandlers() {
  const refuse: RouteHandler = () => {
    throw new RangefinderError(
      'UNSUPPORTED',
      'shared memory: not offered by this server; send tensors in the request body',
    );
  };
  return {
    systemSharedMemoryStatus: refuse,
    systemSharedMemoryRegionStatus: refuse,
    systemSharedMemoryRegister: refuse,
    systemSharedMemoryRegionUnregister: refuse,
    systemSharedMemoryUnregister: refuse,
    cudaSharedMemoryStatus: refuse,
    cudaSharedMemoryRegionStatus: refuse,
    cudaSharedMemoryRegister: refuse,
    cudaSharedMemoryRegionUnregister: refuse,
    cudaSharedMemoryUnregister: refuse,
  } satisfies RouteHandlers;
}
