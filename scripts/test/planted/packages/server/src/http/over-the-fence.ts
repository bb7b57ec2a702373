import '../../grpc/services/ranker-service.ts'; // plant: no-restricted-imports
