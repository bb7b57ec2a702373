import { round } from './round.ts'; // plant: no-cycle

export const trip = (): string => round();
