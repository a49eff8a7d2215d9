/** Throws on text that is not hex. */
export const fromHex = (text: string): Uint8Array<ArrayBuffer> => Uint8Array.fromHex(text);

const EAST_AFRICA_MS = 3 * 3_600_000;

/** The day of Africa/Dar_es_Salaam, which knows no summer time. */
export const localDay = (atMs: number): string => new Date(atMs + EAST_AFRICA_MS).toISOString().slice(0, 10);

export const nextDay = (day: string): string =>
  new Date(Date.parse(`${day}T00:00:00Z`) + 86_400_000).toISOString().slice(0, 10);
