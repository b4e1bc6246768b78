/** Java's properties format, in which MSK takes the settings of clusters and of topics. */
export const properties = (entries: Readonly<Record<string, string>>): string =>
  Object.entries(entries)
    .map(([key, value]) => `${key}=${value}\n`)
    .join('');
