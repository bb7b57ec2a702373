export default function codec(): void {} // plant: no-default-export
