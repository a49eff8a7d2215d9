import QRCode from "qrcode-svg";

interface QrOptions {
  /** How much of it may be dirty or torn: M 15 %, Q 25 %. */
  level?: "M" | "Q";
  /** Empty modules around it; readers ask for 4 where nothing else keeps things away. */
  margin?: number;
}

/** A QR code of `content` as an SVG element that fills its box. Throws when the content is too long for one. */
export const renderQr = (content: string, { level = "M", margin = 1 }: QrOptions = {}): string =>
  new QRCode({
    content,
    padding: margin,
    join: true,
    xmlDeclaration: false,
    container: "svg-viewbox",
    ecl: level,
  }).svg();
