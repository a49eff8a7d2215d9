import QRCode from "qrcode-svg";

interface QrOptions {
  /** How much of it may be dirty or torn: M 15 %, Q 25 %. */
  level?: "M" | "Q";
  /** Empty modules around it; readers ask for 4 where nothing else keeps things away. */
  margin?: number;
}

/**
 * A QR code of `content` as an SVG element that fills its box, one unit a module. Throws when the content is too long for one. The package finds
 * the modules; what it draws itself is their mirror image, which some readers do not take, and four times as long.
 */
export const renderQr = (content: string, { level = "M", margin = 1 }: QrOptions = {}): string => {
  const { modules } = new QRCode({ content, ecl: level }).qrcode;
  const size = modules.length + 2 * margin;
  const path = modules.map((row, y) => runsOf(row, margin, y + margin)).join("");
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size} ${size}" shape-rendering="crispEdges"><rect width="${size}" height="${size}" fill="#fff"/><path d="${path}"/></svg>`;
};

/** The dark modules of a row, those beside each other as one. */
const runsOf = (row: boolean[], left: number, y: number): string => {
  let path = "";
  for (let from = row.indexOf(true); from !== -1;) {
    const light = row.indexOf(false, from);
    const to = light === -1 ? row.length : light;
    path += `M${left + from} ${y}h${to - from}v1h${from - to}z`;
    from = row.indexOf(true, to);
  }
  return path;
};
