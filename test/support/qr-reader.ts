// What a camera reads: the drawn modules as pixels, through a decoder that knows nothing of how they were made.
import { decodeQR } from "qr/decode.js";

const PIXELS_PER_MODULE = 5;
/** A label keeps as much away from it; readers ask for it. */
const QUIET_MODULES = 4;

/** The texts of the QR codes of a drawing or a page, in their order. Throws for one that cannot be read. */
export const readQrs = (markup: string): string[] =>
  [...markup.matchAll(/viewBox="0 0 (\d+) \1"[^>]*>\s*<rect[^>]*>\s*<path d="([^"]+)"/g)].map(([, size, path]) =>
    readOne(Number(size), path!),
  );

const readOne = (size: number, path: string): string => {
  const width = (size + 2 * QUIET_MODULES) * PIXELS_PER_MODULE;
  const data = new Uint8Array(width * width * 3).fill(255);
  const pixel = (module: string): number => (Number(module) + QUIET_MODULES) * PIXELS_PER_MODULE;
  for (const [, left, top, run] of path.matchAll(/M(\d+) (\d+)h(\d+)v1h-\d+z/g))
    for (let row = 0; row < PIXELS_PER_MODULE; row++) {
      const from = (pixel(top!) + row) * width + pixel(left!);
      data.fill(0, from * 3, (from + Number(run) * PIXELS_PER_MODULE) * 3);
    }
  return decodeQR({ width, height: width, data });
};
