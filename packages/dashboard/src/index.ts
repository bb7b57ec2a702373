/** The folder with the built page, `index.html` and `assets/`; made by scripts/build-dashboard.ts, absent before. */
export const dashboardDirectory: URL = new URL('../dist/', import.meta.url);
