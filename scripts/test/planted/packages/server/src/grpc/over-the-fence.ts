import '@rangefinder/protocol/grpc';
import '@rangefinder/protocol/json'; // plant: no-restricted-imports
import '../http/exchange.ts'; // plant: no-restricted-imports
import '../handlers/control-body.ts';
