import { trip } from './trip.ts'; // plant: no-cycle

export const round = (): string => trip();
