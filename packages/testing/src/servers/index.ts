export * from './fault-proxy.ts';
export * from './real-server.ts';
export * from './vector-servers.ts';
