export { describeRowStoreContract, type RowStoreSubject } from './row-store-contract.ts';
