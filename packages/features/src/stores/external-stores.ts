export { GuardedRowStore, type GuardedRowStoreOptions } from './guarded-row-store.ts';
export { RedisRowStore, type RedisRowStoreOptions } from './redis-row-store.ts';
export { MemcachedRowStore } from './memcached-row-store.ts';
export type { MemcachedRowStoreOptions } from './memcached-options.ts';
export { DynamoDbRowStore } from './dynamodb-row-store.ts';
export type { DynamoDbRowStoreOptions } from './dynamodb-options.ts';
export type { AwsCredentials, CredentialSource } from './dynamodb-credentials.ts';
export { TieredRowStore, type TieredRowStoreOptions, type TieredRowStoreStatistics } from './tiered-row-store.ts';
