export { RedisConnection } from './redis-connection.ts';
export type { RedisClient } from './redis-client.ts';
export { type RedisConnectionOptions, redisTarget, type RedisTarget } from './redis-target.ts';
